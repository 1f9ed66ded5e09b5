/* SPDX-License-Identifier: Apache-2.0 */
/* Block ciphers in their plain modes, for the families that name one: the state of one operation, what a row's data
 * says, and ready steps. Knows no family. */
#ifndef CONCLAVE_MECH_BLOCK_H
#define CONCLAVE_MECH_BLOCK_H

#include "crypto/cipher.h"
#include "mech/park.h"

/* Ciphertext stealing waits with two blocks. */
#define BLOCK_PEND_MAX (2 * CIPHER_BLOCK)

struct block_state {
	struct mech_parked parked;
	struct cipher cipher;
	bool keyed;                          /* cipher has key, mode and direction; it stays so from operation to operation */
	bool started;                        /* and the IV, and perhaps data: the rest below is this operation's */
	unsigned char iv[CIPHER_BLOCK];      /* from the parameter; CTR: the first counter block */
	unsigned char chain[CIPHER_BLOCK];   /* where the cipher starts, the IV if not restored */
	unsigned char pend[BLOCK_PEND_MAX];  /* input that waits for the rest of its block */
	size_t pended;
	unsigned counter_bits;               /* CTR */
	uint64_t position;                   /* CTR: bytes done */
	unsigned used;                       /* OFB, CFB: bytes of the register's block that are used up */
	unsigned char stream[CIPHER_BLOCK];  /* CFB64: the enciphered register, then the ciphertext so far */
};

enum block_end {
	BLOCK_EXACT,  /* whole blocks only */
	BLOCK_PADDED, /* PKCS #7 */
	BLOCK_STOLEN, /* ciphertext stealing, CBC-CS1 of the addendum to SP 800-38A */
};

/* A parameter that says more than an IV. */
struct block_tuning {
	unsigned cipher; /* struct cipher's tuning */
	unsigned char iv[CIPHER_BLOCK];
};

/* What a row's data says. */
struct block_mode {
	enum cipher_alg alg;
	enum cipher_mode mode;
	enum block_end end;
	/* For block_tuned_ops. CKR_MECHANISM_PARAM_INVALID. */
	CK_RV (*read)(const CK_MECHANISM *m, struct block_tuning *ret);
};

/* Rows with struct block_mode as data. */
extern const struct mech_ops block_ecb_ops;
extern const struct mech_ops block_cbc_ops;
/* ECB or CBC. */
extern const struct mech_ops block_tuned_ops;
extern const struct mech_ops block_ctr_ops;
/* OFB and CFB, and CFB of half a block, which says CIPHER_ECB. */
extern const struct mech_ops block_stream_ops;
extern const struct mech_ops block_cfb64_ops;
/* OFB of one byte, likewise. */
extern const struct mech_ops block_ofb8_ops;

/* The two usual rows: a mode that also wraps, a stream that does not. keys: the row's key sizes and key types. */
#define BLOCK_ROW(mechanism, keys, steps, cipher_name, mode_name, end_name, way) \
	{.type = (mechanism), .flags = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP, keys, .ops = &(steps), .wrap = &(way), \
	 .data = &(const struct block_mode){.alg = (cipher_name), .mode = (mode_name), .end = (end_name)}}
#define BLOCK_STREAM_ROW(mechanism, keys, steps, cipher_name, mode_name) \
	{.type = (mechanism), .flags = CKF_ENCRYPT | CKF_DECRYPT, keys, .ops = &(steps), \
	 .data = &(const struct block_mode){.alg = (cipher_name), .mode = (mode_name), .end = BLOCK_EXACT}}

/* ---- for the files of these steps ---------------------------------------------------------- */

static inline const struct block_mode *block_mode_of(const struct mech_op *op)
{
	return op->row->data;
}

static inline size_t block_size(const struct mech_op *op)
{
	return cipher_block_size(block_mode_of(op)->alg);
}

/* Makes the state when there is none yet. CKR_HOST_MEMORY. */
must_check CK_RV block_need_state(struct mech_op *op, struct block_state **ret);
/* Starts the cipher with the operation's key in the row's mode or another, always the same for one row and use. */
must_check CK_RV block_key(struct mech_op *op, enum cipher_mode mode, bool encrypt, const unsigned char *iv);
/* mech_ops.start and end. */
CK_RV block_start(struct mech_op *op);
void block_end(struct mech_op *op);
/* The parameter is an IV of a block. */
CK_RV block_iv_params(struct mech_op *op, const CK_MECHANISM *m);
CK_RV block_iv_save(const struct mech_op *op, struct buf *ret);
CK_RV block_iv_restore(struct mech_op *op, struct bytes params);
/* CKR_DATA_LEN_RANGE or CKR_ENCRYPTED_DATA_LEN_RANGE. */
CK_RV block_bad_length(const struct mech_op *op, const char *why);
/* mech_ops.final of a stream: nothing is left over. room of a stream: as much as there is. */
CK_RV block_stream_final(struct mech_op *op, unsigned char *out, size_t *ret_len);
size_t block_stream_room(const struct mech_op *op, enum mech_step step, size_t in_len);

#endif
