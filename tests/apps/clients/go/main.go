// SPDX-License-Identifier: Apache-2.0
//
// Go with miekg/pkcs11: the token's signatures, ciphertexts and MACs beside Go's own. Prints TAP.
package main

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"os"
	"sync"

	"github.com/miekg/pkcs11"
)

const (
	label  = "test-apps"
	pin    = "123456"
	serial = pkcs11.CKF_SERIAL_SESSION
)

var (
	text            = []byte("a text of more than one block of AES, and not a multiple")
	p256            = []byte{0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07}
	count, failures int
	errWrong        = errors.New("not as expected")
	attribute       = pkcs11.NewAttribute
)

func check(name string, err error) {
	count++
	if err == nil {
		fmt.Printf("ok %d - %s\n", count, name)
		return
	}
	failures++
	fmt.Printf("# %v\nnot ok %d - %s\n", err, count, name)
}

func must(good bool) error {
	if good {
		return nil
	}
	return errWrong
}

// refused: an error of the module, and that one.
func refused(err error, code uint) error {
	if found, ok := err.(pkcs11.Error); ok && uint(found) == code {
		return nil
	}
	return fmt.Errorf("%v, not 0x%x", err, code)
}

func mechanism(number uint, parameter interface{}) []*pkcs11.Mechanism {
	return []*pkcs11.Mechanism{pkcs11.NewMechanism(number, parameter)}
}

type client struct {
	*pkcs11.Ctx
	session pkcs11.SessionHandle
}

func findToken(ctx *pkcs11.Ctx) (uint, error) {
	slots, err := ctx.GetSlotList(true)
	if err != nil {
		return 0, err
	}
	for _, slot := range slots {
		if info, err := ctx.GetTokenInfo(slot); err == nil && info.Label == label {
			return slot, nil
		}
	}
	return 0, errors.New("no token " + label)
}

func (c client) find(template ...*pkcs11.Attribute) ([]pkcs11.ObjectHandle, error) {
	if err := c.FindObjectsInit(c.session, template); err != nil {
		return nil, err
	}
	found, _, err := c.FindObjects(c.session, 10)
	return found, errors.Join(err, c.FindObjectsFinal(c.session))
}

func (c client) one(class uint, name string) (pkcs11.ObjectHandle, error) {
	found, err := c.find(attribute(pkcs11.CKA_CLASS, class), attribute(pkcs11.CKA_LABEL, name))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%d objects %s", len(found), name)
	}
	if err != nil {
		return 0, err
	}
	return found[0], nil
}

func (c client) values(object pkcs11.ObjectHandle, types ...uint) ([][]byte, error) {
	template := make([]*pkcs11.Attribute, len(types))
	for i, kind := range types {
		template[i] = attribute(kind, nil)
	}
	attributes, err := c.GetAttributeValue(c.session, object, template)
	if err != nil {
		return nil, err
	}
	values := make([][]byte, len(types))
	for i, found := range attributes {
		values[i] = found.Value
	}
	return values, nil
}

func (c client) pair(kind uint, name string, public ...*pkcs11.Attribute) error {
	common := []*pkcs11.Attribute{attribute(pkcs11.CKA_TOKEN, true), attribute(pkcs11.CKA_LABEL, name)}
	public = append(append(public, common...), attribute(pkcs11.CKA_VERIFY, true))
	private := append(common, attribute(pkcs11.CKA_SIGN, true), attribute(pkcs11.CKA_SENSITIVE, true))
	_, _, err := c.GenerateKeyPair(c.session, mechanism(kind, nil), public, private)
	return err
}

func (c client) sign(kind uint, key pkcs11.ObjectHandle, data []byte) ([]byte, error) {
	if err := c.SignInit(c.session, mechanism(kind, nil), key); err != nil {
		return nil, err
	}
	return c.Sign(c.session, data)
}

func (c client) verify(kind uint, key pkcs11.ObjectHandle, data, signature []byte) error {
	if err := c.VerifyInit(c.session, mechanism(kind, nil), key); err != nil {
		return err
	}
	return c.Verify(c.session, data, signature)
}

func (c client) goKey(name string) (crypto.PublicKey, error) {
	object, err := c.one(pkcs11.CKO_PUBLIC_KEY, name)
	if err != nil {
		return nil, err
	}
	if name == "rsa" {
		values, err := c.values(object, pkcs11.CKA_MODULUS, pkcs11.CKA_PUBLIC_EXPONENT)
		if err != nil {
			return nil, err
		}
		exponent := int(new(big.Int).SetBytes(values[1]).Int64())
		return &rsa.PublicKey{N: new(big.Int).SetBytes(values[0]), E: exponent}, nil
	}
	values, err := c.values(object, pkcs11.CKA_EC_POINT)
	if err != nil {
		return nil, err
	}
	var point []byte
	if _, err := asn1.Unmarshal(values[0], &point); err != nil || len(point) != 65 {
		return nil, fmt.Errorf("an EC point of %d bytes: %v", len(point), err)
	}
	x, y := new(big.Int).SetBytes(point[1:33]), new(big.Int).SetBytes(point[33:])
	return &ecdsa.PublicKey{Curve: elliptic.P256(), X: x, Y: y}, nil
}

func goVerifies(key crypto.PublicKey, data, signature []byte) bool {
	digest := sha256.Sum256(data)
	switch key := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
	case *ecdsa.PublicKey:
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(key, digest[:], r, s)
	}
	return false
}

func (c client) checkSignatures(kind uint, name string) error {
	private, err := c.one(pkcs11.CKO_PRIVATE_KEY, name)
	check(name+": the private key is found again", err)
	public, err := c.one(pkcs11.CKO_PUBLIC_KEY, name)
	check(name+": the public key is found again", err)
	signature, err := c.sign(kind, private, text)
	check(name+": signs", err)
	if err != nil {
		return err
	}
	check(name+": verifies", c.verify(kind, public, text, signature))
	check(name+": refuses another text", refused(c.verify(kind, public, text[1:], signature), pkcs11.CKR_SIGNATURE_INVALID))
	key, err := c.goKey(name)
	check(name+": Go verifies", errors.Join(err, must(err == nil && goVerifies(key, text, signature))))
	check(name+": Go refuses another text", must(!goVerifies(key, text[1:], signature)))
	return nil
}

func (c client) checkCipher() error {
	value := make([]byte, 32)
	if _, err := rand.Read(value); err != nil {
		return err
	}
	key, err := c.CreateObject(c.session, []*pkcs11.Attribute{
		attribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY), attribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_AES),
		attribute(pkcs11.CKA_VALUE, value), attribute(pkcs11.CKA_ENCRYPT, true), attribute(pkcs11.CKA_DECRYPT, true)})
	check("an AES key from outside", err)
	if err != nil {
		return err
	}
	block, err := aes.NewCipher(value)
	if err != nil {
		return err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return err
	}
	parameters := pkcs11.NewGCMParams(text[:12], text[:5], 128)
	defer parameters.Free()
	err = c.EncryptInit(c.session, mechanism(pkcs11.CKM_AES_GCM, parameters), key)
	if err == nil {
		var sealed []byte
		sealed, err = c.Encrypt(c.session, text)
		err = errors.Join(err, must(bytes.Equal(sealed, gcm.Seal(nil, text[:12], text, text[:5]))))
	}
	check("AES-GCM as Go's", err)
	opened, err := c.decrypt(key, gcm.Seal(nil, text[:12], text, text[:5]))
	check("AES-GCM of Go decrypts", errors.Join(err, must(bytes.Equal(opened, text))))
	_, err = c.decrypt(key, gcm.Seal(nil, text[:12], text, text[:6]))
	check("with other associated data it does not", refused(err, pkcs11.CKR_ENCRYPTED_DATA_INVALID))
	return c.checkHMAC(value)
}

func (c client) decrypt(key pkcs11.ObjectHandle, sealed []byte) ([]byte, error) {
	parameters := pkcs11.NewGCMParams(text[:12], text[:5], 128)
	defer parameters.Free()
	if err := c.DecryptInit(c.session, mechanism(pkcs11.CKM_AES_GCM, parameters), key); err != nil {
		return nil, err
	}
	return c.Decrypt(c.session, sealed)
}

func (c client) checkHMAC(value []byte) error {
	key, err := c.CreateObject(c.session, []*pkcs11.Attribute{
		attribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY), attribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_GENERIC_SECRET),
		attribute(pkcs11.CKA_VALUE, value), attribute(pkcs11.CKA_SIGN, true)})
	if err != nil {
		return err
	}
	mac, err := c.sign(pkcs11.CKM_SHA256_HMAC, key, text)
	own := hmac.New(sha256.New, value)
	own.Write(text)
	check("HMAC as Go's", errors.Join(err, must(bytes.Equal(mac, own.Sum(nil)))))
	return nil
}

// Go's threads: a session for each goroutine, each result verified by Go.
func (c client) checkThreads(slot uint) {
	key, err := c.goKey("ec")
	results := make([]error, 8)
	var group sync.WaitGroup
	for i := range results {
		group.Add(1)
		go func(result *error) {
			defer group.Done()
			session, err := c.OpenSession(slot, serial)
			if err != nil {
				*result = err
				return
			}
			own := client{c.Ctx, session}
			for n := 0; n < 20 && *result == nil; n++ {
				private, err := own.one(pkcs11.CKO_PRIVATE_KEY, "ec")
				if err == nil {
					var signature []byte
					signature, err = own.sign(pkcs11.CKM_ECDSA_SHA256, private, text[n:])
					err = errors.Join(err, must(err == nil && goVerifies(key, text[n:], signature)))
				}
				*result = err
			}
			*result = errors.Join(*result, c.CloseSession(session))
		}(&results[i])
	}
	group.Wait()
	check("eight goroutines with a session each", errors.Join(append(results, err)...))
}

func (c client) checkEnd(slot uint) {
	private, err := c.one(pkcs11.CKO_PRIVATE_KEY, "ec")
	if err == nil {
		_, err = c.values(private, pkcs11.CKA_VALUE)
	}
	check("a private key's value is not read", refused(err, pkcs11.CKR_ATTRIBUTE_SENSITIVE))
	check("logout", c.Logout(c.session))
	found, err := c.find(attribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY))
	check("then there is no private key", errors.Join(err, must(len(found) == 0)))
	check("all sessions close", c.CloseAllSessions(slot))
	_, err = c.GetSessionInfo(c.session)
	check("a closed session is refused", refused(err, pkcs11.CKR_SESSION_HANDLE_INVALID))
}

func run() error {
	ctx := pkcs11.New(os.Getenv("CONCLAVE_MODULE"))
	if ctx == nil {
		return errors.New("the module does not load")
	}
	defer ctx.Destroy()
	if err := ctx.Initialize(); err != nil {
		return err
	}
	slot, err := findToken(ctx)
	check("the token is found", err)
	if err != nil {
		return err
	}
	session, err := ctx.OpenSession(slot, serial|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return err
	}
	c := client{ctx, session}
	check("a wrong PIN", refused(ctx.Login(session, pkcs11.CKU_USER, "999999"), pkcs11.CKR_PIN_INCORRECT))
	check("login", ctx.Login(session, pkcs11.CKU_USER, pin))
	check("an EC key pair", c.pair(pkcs11.CKM_EC_KEY_PAIR_GEN, "ec", attribute(pkcs11.CKA_EC_PARAMS, p256)))
	check("an RSA key pair", c.pair(pkcs11.CKM_RSA_PKCS_KEY_PAIR_GEN, "rsa",
		attribute(pkcs11.CKA_MODULUS_BITS, 2048), attribute(pkcs11.CKA_PUBLIC_EXPONENT, []byte{1, 0, 1})))
	err = errors.Join(c.checkSignatures(pkcs11.CKM_ECDSA_SHA256, "ec"), c.checkSignatures(pkcs11.CKM_SHA256_RSA_PKCS, "rsa"), c.checkCipher())
	if err != nil {
		return err
	}
	c.checkThreads(slot)
	c.checkEnd(slot)
	check("the module ends", ctx.Finalize())
	return nil
}

func main() {
	if err := run(); err != nil {
		check("the scenario runs to its end", err)
	}
	fmt.Printf("1..%d\n", count)
	if failures > 0 {
		os.Exit(1)
	}
}
