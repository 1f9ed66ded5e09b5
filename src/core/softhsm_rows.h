/* SPDX-License-Identifier: Apache-2.0 */
/* An object of SoftHSMv2's database in the form of its files, so that one reader reads both. In the database arrays and
 * templates lie as the memory of the machine had them: words of 4 or 8 bytes, the lowest first. */
#ifndef CONCLAVE_CORE_SOFTHSM_ROWS_H
#define CONCLAVE_CORE_SOFTHSM_ROWS_H

#include "store/softhsm_db.h"

/* CKR_DATA_INVALID: damaged. */
must_check CK_RV softhsm_rows_image(struct softhsm_db *db, int64_t id, struct secret *ret);
/* One attribute, appended in the form of a file; for softhsm_rows_image and what tests it. */
must_check CK_RV softhsm_row_put(const struct softhsm_row *row, struct buf *ret);

#endif
