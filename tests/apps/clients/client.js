// SPDX-License-Identifier: Apache-2.0
//
// Node.js with pkcs11js: the token's signatures, ciphertexts and digests beside node:crypto. Prints TAP.
"use strict";
const crypto = require("node:crypto");
const p11 = require("pkcs11js");

const TEXT = Buffer.from("a text of more than one block of AES, and not a multiple");
const P256 = Buffer.from("06082a8648ce3d030107", "hex");
// Of v2.40; pkcs11js does not name it.
const PUBLIC_KEY_INFO = 0x129;
const OUT = Buffer.alloc(1024);
const results = [];
const token = new p11.PKCS11();
let session;

function report(name, good) {
  results.push(good);
  console.log(`${good ? "ok" : "not ok"} ${results.length} - ${name}`);
}

function check(name, run) {
  let good = false;
  try {
    good = run() !== false;
  } catch (error) {
    console.log(`# ${error.message}`);
  }
  report(name, good);
}

function refused(name, code, run) {
  let found = "nothing";
  try {
    run();
  } catch (error) {
    found = error.code;
  }
  if (found !== code) console.log(`# ${found}, not ${code}`);
  report(name, found === code);
}

function findToken() {
  const slot = token.C_GetSlotList(true).find((one) => token.C_GetTokenInfo(one).label.trim() === "test-apps");
  if (slot === undefined) throw new Error("no token test-apps");
  return slot;
}

const template = (values) => Object.entries(values).map(([name, value]) => ({ type: p11[`CKA_${name}`], value }));

function find(values) {
  token.C_FindObjectsInit(session, template(values));
  try {
    return token.C_FindObjects(session, 10);
  } finally {
    token.C_FindObjectsFinal(session);
  }
}

function one(objectClass, label) {
  const found = find({ CLASS: objectClass, LABEL: label });
  if (found.length !== 1) throw new Error(`${found.length} objects ${label}`);
  return found[0];
}

function pair(label, mechanism, publicPart) {
  const common = { TOKEN: true, LABEL: label };
  token.C_GenerateKeyPair(session, { mechanism }, template({ ...common, VERIFY: true, ...publicPart }),
    template({ ...common, SIGN: true, DECRYPT: label === "rsa", SENSITIVE: true }));
}

function nodeKey(label) {
  const [info] = token.C_GetAttributeValue(session, one(p11.CKO_PUBLIC_KEY, label), [{ type: PUBLIC_KEY_INFO }]);
  return { key: crypto.createPublicKey({ key: info.value, format: "der", type: "spki" }), dsaEncoding: "ieee-p1363" };
}

function verify(mechanism, label, data, signature) {
  token.C_VerifyInit(session, { mechanism }, one(p11.CKO_PUBLIC_KEY, label));
  return token.C_Verify(session, data, signature);
}

function checkSignatures(label, mechanism) {
  let signature;
  check(`${label}: signs`, () => {
    token.C_SignInit(session, { mechanism }, one(p11.CKO_PRIVATE_KEY, label));
    signature = Buffer.from(token.C_Sign(session, TEXT, OUT));
  });
  check(`${label}: in parts`, () => {
    token.C_SignInit(session, { mechanism }, one(p11.CKO_PRIVATE_KEY, label));
    token.C_SignUpdate(session, TEXT.subarray(0, 17));
    token.C_SignUpdate(session, TEXT.subarray(17));
    return crypto.verify("sha256", TEXT, nodeKey(label), Buffer.from(token.C_SignFinal(session, OUT)));
  });
  check(`${label}: verifies`, () => verify(mechanism, label, TEXT, signature));
  refused(`${label}: refuses another text`, p11.CKR_SIGNATURE_INVALID, () => verify(mechanism, label, TEXT.subarray(1), signature));
  check(`${label}: node verifies`, () => crypto.verify("sha256", TEXT, nodeKey(label), signature));
  check(`${label}: node refuses another text`, () => !crypto.verify("sha256", TEXT.subarray(1), nodeKey(label), signature));
}

async function checkAsync() {
  token.C_SignInit(session, { mechanism: p11.CKM_ECDSA_SHA256 }, one(p11.CKO_PRIVATE_KEY, "ec"));
  const signature = await token.C_SignAsync(session, TEXT, Buffer.alloc(64));
  check("a signature by a thread of node's", () => crypto.verify("sha256", TEXT, nodeKey("ec"), signature));
}

function checkCipher() {
  const value = crypto.randomBytes(32);
  const iv = crypto.randomBytes(16);
  const mechanism = { mechanism: p11.CKM_AES_CBC_PAD, parameter: iv };
  const key = token.C_CreateObject(session, template({
    CLASS: p11.CKO_SECRET_KEY, KEY_TYPE: p11.CKK_AES, VALUE: value, ENCRYPT: true, DECRYPT: true }));
  const cipher = crypto.createCipheriv("aes-256-cbc", value, iv);
  const sealed = Buffer.concat([cipher.update(TEXT), cipher.final()]);
  check("AES-CBC as node's", () => {
    token.C_EncryptInit(session, mechanism, key);
    return token.C_Encrypt(session, TEXT, OUT).equals(sealed);
  });
  check("AES-CBC of node decrypts", () => {
    token.C_DecryptInit(session, mechanism, key);
    return token.C_Decrypt(session, sealed, OUT).equals(TEXT);
  });
  check("OAEP of node decrypts", () => {
    const oaep = { type: p11.CK_PARAMS_RSA_OAEP, hashAlg: p11.CKM_SHA_1, mgf: p11.CKG_MGF1_SHA1, source: 1 };
    token.C_DecryptInit(session, { mechanism: p11.CKM_RSA_PKCS_OAEP, parameter: oaep }, one(p11.CKO_PRIVATE_KEY, "rsa"));
    return token.C_Decrypt(session, crypto.publicEncrypt(nodeKey("rsa").key, TEXT), OUT).equals(TEXT);
  });
  check("SHA-256 as node's", () => {
    token.C_DigestInit(session, { mechanism: p11.CKM_SHA256 });
    return token.C_Digest(session, TEXT, OUT).equals(crypto.createHash("sha256").update(TEXT).digest());
  });
}

async function scenario() {
  token.load(process.env.CONCLAVE_MODULE);
  token.C_Initialize();
  const slot = findToken();
  session = token.C_OpenSession(slot, p11.CKF_SERIAL_SESSION | p11.CKF_RW_SESSION);
  refused("a wrong PIN", p11.CKR_PIN_INCORRECT, () => token.C_Login(session, p11.CKU_USER, "999999"));
  check("login", () => token.C_Login(session, p11.CKU_USER, "123456"));
  check("an EC key pair", () => pair("ec", p11.CKM_EC_KEY_PAIR_GEN, { EC_PARAMS: P256 }));
  check("an RSA key pair", () => pair("rsa", p11.CKM_RSA_PKCS_KEY_PAIR_GEN,
    { MODULUS_BITS: 2048, PUBLIC_EXPONENT: Buffer.from([1, 0, 1]), ENCRYPT: true }));
  checkSignatures("ec", p11.CKM_ECDSA_SHA256);
  checkSignatures("rsa", p11.CKM_SHA256_RSA_PKCS);
  await checkAsync();
  checkCipher();
  refused("a private key's value is not read", p11.CKR_ATTRIBUTE_SENSITIVE,
    () => token.C_GetAttributeValue(session, one(p11.CKO_PRIVATE_KEY, "ec"), [{ type: p11.CKA_VALUE }]));
  check("logout", () => token.C_Logout(session));
  check("then there is no private key", () => find({ CLASS: p11.CKO_PRIVATE_KEY }).length === 0);
  token.C_CloseSession(session);
  refused("a closed session is refused", p11.CKR_SESSION_HANDLE_INVALID, () => token.C_GetSessionInfo(session));
  check("the module ends", () => token.C_Finalize());
  token.close();
}

scenario().catch((error) => {
  console.log(`# ${error.stack.replaceAll("\n", "\n# ")}`);
  report("the scenario runs to its end", false);
}).finally(() => {
  process.exitCode = results.every(Boolean) ? 0 : 1;
});
