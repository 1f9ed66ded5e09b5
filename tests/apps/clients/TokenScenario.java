// SPDX-License-Identifier: Apache-2.0
//
// Java with SunPKCS11: keys made, found again and used through JCA, beside Java's own providers; and TLS handshakes
// in which the server's key is the token's. Prints TAP; knows the aliases that the script made with keytool.

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.AuthProvider;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

public class TokenScenario {
	static final byte[] TEXT = "a text of more than one block of AES, and not a multiple".getBytes(StandardCharsets.UTF_8);
	static final AlgorithmParameterSpec PSS = new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1);
	static int count, failures;
	static Provider token;

	interface Check {
		boolean good() throws Exception;
	}

	static void check(String name, Check check) {
		boolean good = false;
		try {
			good = check.good();
		} catch (Exception error) {
			for (Throwable cause = error; cause != null; cause = cause.getCause())
				System.out.println("# " + cause);
		}
		failures += good ? 0 : 1;
		System.out.println((good ? "ok " : "not ok ") + ++count + " - " + name);
	}

	static byte[] crypt(int mode, String cipher, byte[] key, AlgorithmParameterSpec parameters, byte[] data, Provider provider) throws Exception {
		Cipher made = provider == null ? Cipher.getInstance(cipher, "SunJCE") : Cipher.getInstance(cipher, provider);
		made.init(mode, new SecretKeySpec(key, "AES"), parameters);
		if (cipher.contains("GCM"))
			made.updateAAD(TEXT, 0, 7);
		return made.doFinal(data);
	}

	/* Both ways between the token and Java's own provider. */
	static void checkCipher(String cipher, AlgorithmParameterSpec parameters) {
		byte[] key = Arrays.copyOf(TEXT, 32);
		check(cipher + ", encrypted by the token", () -> Arrays.equals(TEXT,
			crypt(Cipher.DECRYPT_MODE, cipher, key, parameters, crypt(Cipher.ENCRYPT_MODE, cipher, key, parameters, TEXT, token), null)));
		check(cipher + ", decrypted by the token", () -> Arrays.equals(TEXT,
			crypt(Cipher.DECRYPT_MODE, cipher, key, parameters, crypt(Cipher.ENCRYPT_MODE, cipher, key, parameters, TEXT, null), token)));
	}

	static boolean verify(String algorithm, String provider, PublicKey key, byte[] signature, byte[] text) throws Exception {
		Signature verifier = Signature.getInstance(algorithm, provider);
		verifier.initVerify(key);
		if (algorithm.equals("RSASSA-PSS"))
			verifier.setParameter(PSS);
		verifier.update(text);
		return verifier.verify(signature);
	}

	static void checkSignature(KeyStore store, String alias, String algorithm, String verifier) {
		check(algorithm + " by the token's key \"" + alias + "\", verified by Java", () -> {
			Signature signer = Signature.getInstance(algorithm, token);
			signer.initSign((PrivateKey) store.getKey(alias, null));
			if (algorithm.equals("RSASSA-PSS"))
				signer.setParameter(PSS);
			signer.update(TEXT);
			byte[] signature = signer.sign();
			PublicKey key = store.getCertificate(alias).getPublicKey();
			return verify(algorithm, verifier, key, signature, TEXT)
				&& !verify(algorithm, verifier, key, signature, Arrays.copyOf(TEXT, 9));
		});
	}

	static byte[] agree(KeyPair mine, KeyPair other, Provider provider) throws Exception {
		KeyAgreement agreement = KeyAgreement.getInstance("ECDH", provider);
		agreement.init(mine.getPrivate());
		agreement.doPhase(other.getPublic(), true);
		return agreement.generateSecret();
	}

	static KeyPair ecPair(Provider provider) throws Exception {
		KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", provider);
		generator.initialize(new ECGenParameterSpec("secp256r1"));
		return generator.generateKeyPair();
	}

	/* A server that has one key only, so that it cannot choose another. */
	static class OneKey extends X509ExtendedKeyManager {
		private final PrivateKey key;
		private final X509Certificate[] chain;

		OneKey(KeyStore store, String alias) throws Exception {
			key = (PrivateKey) store.getKey(alias, null);
			chain = new X509Certificate[] {(X509Certificate) store.getCertificate(alias)};
		}
		public String[] getClientAliases(String type, Principal[] issuers) { return null; }
		public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) { return null; }
		public String[] getServerAliases(String type, Principal[] issuers) { return null; }
		public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
			return type.startsWith("EC") == key.getAlgorithm().equals("EC") ? "key" : null;
		}
		public X509Certificate[] getCertificateChain(String alias) { return chain; }
		public PrivateKey getPrivateKey(String alias) { return key; }
	}

	static SSLSocketFactory client(KeyStore store, String alias) throws Exception {
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, null);
		trusted.setCertificateEntry("server", store.getCertificate(alias));
		TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
		trust.init(trusted);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(null, trust.getTrustManagers(), null);
		return context.getSocketFactory();
	}

	static boolean handshake(KeyStore store, String alias, String version) throws Exception {
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(new KeyManager[] {new OneKey(store, alias)}, null, null);
		InetAddress here = InetAddress.getLoopbackAddress();
		try (SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 1, here)) {
			listener.setSoTimeout(20000);
			CompletableFuture<Void> server = CompletableFuture.runAsync(() -> {
				try (SSLSocket socket = (SSLSocket) listener.accept()) {
					socket.setSoTimeout(20000);
					socket.getOutputStream().write(socket.getInputStream().readNBytes(TEXT.length));
				} catch (Exception error) {
					throw new CompletionException(error);
				}
			});
			boolean good;
			try (SSLSocket socket = (SSLSocket) client(store, alias).createSocket(here, listener.getLocalPort())) {
				socket.setSoTimeout(20000);
				socket.setEnabledProtocols(new String[] {version});
				socket.getOutputStream().write(TEXT);
				good = Arrays.equals(TEXT, socket.getInputStream().readNBytes(TEXT.length))
					&& socket.getSession().getProtocol().equals(version)
					&& socket.getSession().getPeerCertificates()[0].equals(store.getCertificate(alias));
			} catch (Exception error) {
				server.exceptionally(cause -> {
					System.out.println("# server: " + cause);
					return null;
				}).join();
				throw error;
			}
			/* Only now: the server's end waits for the client's to close. */
			server.join();
			return good;
		}
	}

	static byte[] mac(Mac mac) throws Exception {
		mac.init(new SecretKeySpec(TEXT, 0, 32, "HmacSHA256"));
		return mac.doFinal(TEXT);
	}

	public static void main(String[] arguments) throws Exception {
		token = Security.getProvider("SunPKCS11").configure(arguments[0]);
		/* Last, so that Java itself does what is not asked of the token by name. */
		Security.addProvider(token);
		KeyStore store = KeyStore.getInstance("PKCS11", token);
		check("a wrong PIN is refused", () -> {
			try {
				store.load(null, "999999".toCharArray());
				return false;
			} catch (IOException error) {
				return true;
			}
		});
		store.load(null, arguments[1].toCharArray());
		check("the store has the keys that keytool made", () -> store.isKeyEntry("ec") && store.isKeyEntry("rsa") && store.size() == 2);
		checkSignature(store, "ec", "SHA256withECDSA", "SunEC");
		checkSignature(store, "ec", "SHA512withECDSA", "SunEC");
		checkSignature(store, "rsa", "SHA384withRSA", "SunRsaSign");
		checkSignature(store, "rsa", "RSASSA-PSS", "SunRsaSign");
		checkCipher("AES/ECB/PKCS5Padding", null);
		checkCipher("AES/CBC/PKCS5Padding", new IvParameterSpec(TEXT, 0, 16));
		checkCipher("AES/CTR/NoPadding", new IvParameterSpec(TEXT, 0, 16));
		checkCipher("AES/GCM/NoPadding", new GCMParameterSpec(128, TEXT, 0, 12));
		for (String name : new String[] {"SHA-256", "SHA-512"})
			check(name + " as Java's", () -> Arrays.equals(MessageDigest.getInstance(name, token).digest(TEXT),
				MessageDigest.getInstance(name, "SUN").digest(TEXT)));
		check("HMAC as Java's", () -> Arrays.equals(mac(Mac.getInstance("HmacSHA256", token)), mac(Mac.getInstance("HmacSHA256", "SunJCE"))));
		check("ECDH between the token and Java", () -> {
			KeyPair mine = ecPair(token), other = ecPair(Security.getProvider("SunEC"));
			return Arrays.equals(agree(mine, other, token), agree(other, mine, Security.getProvider("SunEC")));
		});
		for (String version : new String[] {"TLSv1.2", "TLSv1.3"})
			for (String alias : new String[] {"ec", "rsa"})
				check(version + " with the server's key in the token, " + alias, () -> handshake(store, alias, version));
		((AuthProvider) token).logout();
		System.out.println("1.." + count);
		System.exit(failures == 0 ? 0 : 1);
	}
}
