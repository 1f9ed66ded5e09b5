// SPDX-License-Identifier: Apache-2.0
//
// Rust with the crate cryptoki: key pairs, signatures, authenticated ciphers, wrapping and refusals through its types.
// Prints TAP; leaves a signature and its key in the current folder, for the script to have them verified by others.
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use std::error::Error as AnyError;
use std::fmt::Debug;

type Outcome<T> = Result<T, Box<dyn AnyError>>;

const TEXT: &[u8] = b"a text of more than one block of AES, and not a multiple";
const P256: [u8; 10] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

#[derive(Default)]
struct Tap {
    count: u32,
    failures: u32,
}

impl Tap {
    fn check(&mut self, name: &str, good: bool) {
        self.count += 1;
        self.failures += u32::from(!good);
        println!("{} {} - {name}", if good { "ok" } else { "not ok" }, self.count);
    }

    fn passed<T>(&mut self, name: &str, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            println!("# {error}");
        }
        self.check(name, result.is_ok());
        result
    }

    fn refused<T: Debug>(&mut self, name: &str, code: RvError, result: Result<T, Error>) {
        let good = matches!(&result, Err(Error::Pkcs11(found, _)) if *found == code);
        if !good {
            println!("# {result:?}, not {code:?}");
        }
        self.check(name, good);
    }
}

fn find_token(module: &Pkcs11) -> Outcome<Slot> {
    for slot in module.get_slots_with_initialized_token()? {
        if module.get_token_info(slot)?.label() == "test-apps" {
            return Ok(slot);
        }
    }
    Err("no token test-apps".into())
}

fn one(session: &Session, class: ObjectClass, label: &str) -> Outcome<ObjectHandle> {
    let found = session.find_objects(&[Attribute::Class(class), Attribute::Label(label.into())])?;
    match found[..] {
        [object] => Ok(object),
        _ => Err(format!("{} objects {label}", found.len()).into()),
    }
}

fn pair(session: &Session, label: &str, kind: Mechanism, public: &[Attribute], private: &[Attribute]) -> Result<(), Error> {
    let common = [Attribute::Token(true), Attribute::Label(label.into())];
    session.generate_key_pair(&kind, &[&common, public].concat(), &[&common, private].concat())?;
    Ok(())
}

fn check_signatures(tap: &mut Tap, session: &Session, label: &str, mechanisms: &[Mechanism]) -> Outcome<()> {
    let private = one(session, ObjectClass::PRIVATE_KEY, label)?;
    let public = one(session, ObjectClass::PUBLIC_KEY, label)?;
    for mechanism in mechanisms {
        let name = format!("{label}, {}", mechanism.mechanism_type());
        let signature = tap.passed(&format!("{name}: signs"), session.sign(mechanism, private, TEXT))?;
        let verified = session.verify(mechanism, public, TEXT, &signature);
        tap.passed(&format!("{name}: verifies"), verified)?;
        let other = session.verify(mechanism, public, &TEXT[1..], &signature);
        tap.refused(&format!("{name}: refuses another text"), RvError::SignatureInvalid, other);
    }
    Ok(())
}

fn check_rsa_cipher(tap: &mut Tap, session: &Session) -> Outcome<()> {
    let private = one(session, ObjectClass::PRIVATE_KEY, "rsa")?;
    let public = one(session, ObjectClass::PUBLIC_KEY, "rsa")?;
    let oaep = PkcsOaepParams::new(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, PkcsOaepSource::empty());
    let mechanism = Mechanism::RsaPkcsOaep(oaep);
    let sealed = tap.passed("OAEP encrypts", session.encrypt(&mechanism, public, TEXT))?;
    tap.check("OAEP decrypts", session.decrypt(&mechanism, private, &sealed)? == TEXT);
    Ok(())
}

fn aes_key(session: &Session) -> Result<ObjectHandle, Error> {
    let template = [
        Attribute::Token(false),
        Attribute::ValueLen(32.into()),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::Wrap(true),
        Attribute::Unwrap(true),
    ];
    session.generate_key(&Mechanism::AesKeyGen, &template)
}

fn check_aes(tap: &mut Tap, session: &Session) -> Outcome<()> {
    let key = tap.passed("an AES key", aes_key(session))?;
    let (mut iv, mut again) = ([7u8; 12], [7u8; 12]);
    let gcm = Mechanism::AesGcm(GcmParams::new(&mut iv, b"header", 128.into())?);
    let mut sealed = tap.passed("AES-GCM encrypts", session.encrypt(&gcm, key, TEXT))?;
    tap.check("a tag behind the text", sealed.len() == TEXT.len() + 16);
    let gcm = Mechanism::AesGcm(GcmParams::new(&mut again, b"header", 128.into())?);
    tap.check("AES-GCM decrypts", session.decrypt(&gcm, key, &sealed)? == TEXT);
    sealed[3] ^= 1;
    let changed = session.decrypt(&gcm, key, &sealed);
    tap.refused("a changed ciphertext", RvError::EncryptedDataInvalid, changed);

    let mechanism = Mechanism::AesCbcPad([9; 16]);
    session.encrypt_init(&mechanism, key)?;
    let mut parts = session.encrypt_update(&TEXT[..21])?;
    parts.extend(session.encrypt_update(&TEXT[21..])?);
    parts.extend(session.encrypt_final()?);
    tap.check("in parts as at once", parts == session.encrypt(&mechanism, key, TEXT)?);
    Ok(())
}

fn check_wrapping(tap: &mut Tap, session: &Session) -> Outcome<()> {
    let wrapping = aes_key(session)?;
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Value(TEXT[..32].to_vec()),
        Attribute::Extractable(true),
        Attribute::Sensitive(false),
    ];
    let secret = session.create_object(&template)?;
    let wrapped = tap.passed("a key is wrapped", session.wrap_key(&Mechanism::AesKeyWrap, wrapping, secret))?;
    let template = [&template[..2], &template[3..]].concat();
    let back = session.unwrap_key(&Mechanism::AesKeyWrap, wrapping, &wrapped, &template);
    let values = session.get_attributes(tap.passed("and unwrapped", back)?, &[AttributeType::Value])?;
    tap.check("with the same value", values == [Attribute::Value(TEXT[..32].to_vec())]);
    Ok(())
}

fn leave_files(session: &Session) -> Outcome<()> {
    let public = one(session, ObjectClass::PUBLIC_KEY, "rsa")?;
    for attribute in session.get_attributes(public, &[AttributeType::PublicKeyInfo])? {
        if let Attribute::PublicKeyInfo(der) = attribute {
            std::fs::write("key.der", der)?;
        }
    }
    let private = one(session, ObjectClass::PRIVATE_KEY, "rsa")?;
    std::fs::write("text", TEXT)?;
    std::fs::write("signature", session.sign(&Mechanism::Sha256RsaPkcs, private, TEXT)?)?;
    Ok(())
}

fn scenario(tap: &mut Tap) -> Outcome<()> {
    let module = Pkcs11::new(std::env::var("CONCLAVE_MODULE")?)?;
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let slot = find_token(&module)?;
    let session = module.open_rw_session(slot)?;
    let wrong = session.login(UserType::User, Some(&AuthPin::new("999999".into())));
    tap.refused("a wrong PIN", RvError::PinIncorrect, wrong);
    tap.passed("login", session.login(UserType::User, Some(&AuthPin::new("123456".into()))))?;

    let public = [Attribute::EcParams(P256.to_vec()), Attribute::Verify(true)];
    let made = pair(&session, "ec", Mechanism::EccKeyPairGen, &public, &[Attribute::Sign(true)]);
    tap.passed("an EC key pair", made)?;
    let public = [
        Attribute::ModulusBits(2048.into()),
        Attribute::PublicExponent(vec![1, 0, 1]),
        Attribute::Verify(true),
        Attribute::Encrypt(true),
    ];
    let private = [Attribute::Sign(true), Attribute::Decrypt(true)];
    tap.passed("an RSA key pair", pair(&session, "rsa", Mechanism::RsaPkcsKeyPairGen, &public, &private))?;

    let pss = PkcsPssParams { hash_alg: MechanismType::SHA256, mgf: PkcsMgfType::MGF1_SHA256, s_len: 32.into() };
    check_signatures(tap, &session, "ec", &[Mechanism::EcdsaSha256, Mechanism::EcdsaSha512])?;
    check_signatures(tap, &session, "rsa", &[Mechanism::Sha256RsaPkcs, Mechanism::Sha256RsaPkcsPss(pss)])?;
    check_rsa_cipher(tap, &session)?;
    check_aes(tap, &session)?;
    check_wrapping(tap, &session)?;
    leave_files(&session)?;

    tap.passed("logout", session.logout())?;
    let left = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)])?;
    tap.check("then there is no private key", left.is_empty());
    session.close()?;
    tap.passed("the module ends", module.finalize())?;
    Ok(())
}

fn main() {
    let mut tap = Tap::default();
    if let Err(error) = scenario(&mut tap) {
        println!("# {error}");
        tap.check("the scenario runs to its end", false);
    }
    std::process::exit(i32::from(tap.failures > 0));
}
