// SPDX-License-Identifier: Apache-2.0
module conclave.test/client

go 1.20

require github.com/miekg/pkcs11 v1.1.2
