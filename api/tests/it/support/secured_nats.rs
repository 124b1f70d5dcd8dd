//! A NATS server that requires TLS certificates on both sides and credentials (a JWT and a seed) of an account that an
//! operator signed.
//!
//! All keys are created per test in its directory. This module does not start the server.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair as Key};
use serde_json::{Value, json};

/// An authority and a certificate that it issued, as files.
#[derive(Debug, Clone)]
pub struct Certificates {
    pub ca: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Certificates {
    /// Creates them in a directory.
    pub fn create(directory: &Path, name: &str) -> Self {
        let file = |what: &str| directory.join(format!("{name}-{what}.pem"));
        let certificates = Self { ca: file("ca"), certificate: file("certificate"), key: file("key") };
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, name);
        let issuer = Issuer::new(authority.clone(), Key::generate().unwrap());
        let own = authority.self_signed(issuer.key()).unwrap();
        let key = Key::generate().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let signed = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        for (path, text) in [
            (&certificates.ca, own.pem()),
            (&certificates.certificate, signed.pem()),
            (&certificates.key, key.serialize_pem()),
        ] {
            std::fs::write(path, text).unwrap();
        }
        certificates
    }
}

/// The part of a server configuration that requires a certificate and credentials. Writes the credentials of a known
/// user to `credentials`, those of an unknown one to `unknown-credentials`.
pub fn configuration(directory: &Path, certificates: &Certificates) -> String {
    let (operator, account, system) = (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_account());
    let core = json!({ "subs": -1, "conn": -1, "leaf": -1, "imports": -1, "exports": -1, "data": -1,
        "payload": -1, "wildcards": true });
    let mut streams = core.clone();
    for limit in ["mem_storage", "disk_storage", "streams", "consumer"] {
        streams[limit] = json!(-1);
    }
    let account_token =
        |key: &KeyPair, limits: &Value| token(&operator, key, json!({ "type": "account", "limits": limits }));
    for (file, issuer) in [("credentials", &account), ("unknown-credentials", &KeyPair::new_account())] {
        let user = KeyPair::new_user();
        let limits = json!({ "type": "user", "subs": -1, "data": -1, "payload": -1 });
        let (token, seed) = (token(issuer, &user, limits), user.seed().unwrap());
        let text = format!(
            "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        );
        std::fs::write(directory.join(file), text).unwrap();
    }
    let operator_details = json!({ "type": "operator", "system_account": system.public_key() });
    format!(
        "tls {{ cert_file: {:?}, key_file: {:?}, ca_file: {:?}, verify: true }}\n\
         operator: {:?}\nresolver: MEMORY\nsystem_account: {}\nresolver_preload: {{ {}: {:?}, {}: {:?} }}\n",
        certificates.certificate,
        certificates.key,
        certificates.ca,
        token(&operator, &operator, operator_details),
        system.public_key(),
        account.public_key(),
        account_token(&account, &streams),
        system.public_key(),
        account_token(&system, &core),
    )
}

/// A signed NATS token with the claims of `issuer` about `subject`.
fn token(issuer: &KeyPair, subject: &KeyPair, mut details: Value) -> String {
    details["version"] = json!(2);
    let (by, of) = (issuer.public_key(), subject.public_key());
    let claims = json!({ "jti": of, "iat": 1_700_000_000, "iss": by, "sub": of, "name": "test", "nats": details });
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encoded(&json!({ "typ": "JWT", "alg": "ed25519-nkey" })), encoded(&claims));
    let signature = issuer.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
