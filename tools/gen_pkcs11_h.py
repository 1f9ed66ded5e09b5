#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Writes include/pkcs11.h and src/api/calls.h from tests/spec/*.tsv.
# Knows how the tables are spelled (columns, "type name; type name" cells) and
# how the two files are laid out. Knows no value itself: a wrong number is a
# wrong cell in a table. The results are checked in; check_generated.py compares.

import csv
import pathlib
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPEC = ROOT / "tests" / "spec"
HEADER = ROOT / "include" / "pkcs11.h"
CALLS = ROOT / "src" / "api" / "calls.h"

LISTS = {
    "CK_FUNCTION_LIST": "2_40",
    "CK_FUNCTION_LIST_3_0": "3_0",
    "CK_FUNCTION_LIST_3_2": "3_2",
}

# Parameter names that the tables copy faithfully from a misspelt source.
PARAMETER_FIXES = {"pRserved": "pReserved", "RandomData": "pRandomData"}

GLUE = "\x01"  # a space at which no line is broken, between a type and its name

# Constants that live in a CK_BYTE: without a suffix, so that a cast is never needed.
PLAIN_GROUPS = {"CRYPTOKI_VERSION", "CK:CK_BBOOL"}

GROUP_TITLES = {
    "CRYPTOKI_VERSION": "Version of the standard that this header describes",
    "CK:CK_BBOOL": "CK_BBOOL: truth values",
    "CK:general": "Special numbers: no such handle, no such limit, no answer",
    "CKN:CK_NOTIFICATION": "CKN_: events given to the application's CK_NOTIFY callback",
    "CKF:CK_SLOT_INFO.flags": "CKF_: what a slot is (CK_SLOT_INFO.flags)",
    "CKF:CK_TOKEN_INFO.flags": "CKF_: what a token is and how its PINs stand (CK_TOKEN_INFO.flags)",
    "CKU:CK_USER_TYPE": "CKU_: who logs in",
    "CKS:CK_STATE": "CKS_: the five states of a session",
    "CKF:CK_SESSION_INFO.flags": "CKF_: kinds of session (C_OpenSession, CK_SESSION_INFO.flags)",
    "CKO:CK_OBJECT_CLASS": "CKO_: object classes (CKA_CLASS)",
    "CKP:CK_PROFILE_ID": "CKP_: profiles (CKA_PROFILE_ID)",
    "CKH:CK_HW_FEATURE_TYPE": "CKH_: hardware features (CKA_HW_FEATURE_TYPE)",
    "CKK:CK_KEY_TYPE": "CKK_: key types (CKA_KEY_TYPE)",
    "CK:CK_CERTIFICATE_CATEGORY": "What a certificate is for (CKA_CERTIFICATE_CATEGORY)",
    "CK:CK_JAVA_MIDP_SECURITY_DOMAIN": "Java MIDP domains (CKA_JAVA_MIDP_SECURITY_DOMAIN)",
    "CKC:CK_CERTIFICATE_TYPE": "CKC_: certificate types (CKA_CERTIFICATE_TYPE)",
    "CKF:CK_ATTRIBUTE_TYPE bit": "CKF_: the bit that marks an attribute holding a template",
    "CK:CKA_OTP_FORMAT value": "How a one-time password is written (CKA_OTP_FORMAT)",
    "CK:CKA_OTP_*_REQUIREMENT value":
        "Whether a one-time password input is needed (CKA_OTP_..._REQUIREMENT)",
    "CKA:CK_ATTRIBUTE_TYPE": "CKA_: attributes",
    "CKM:CK_MECHANISM_TYPE": "CKM_: mechanisms",
    "CKF:CK_MECHANISM_INFO.flags":
        "CKF_: what a mechanism can do (CK_MECHANISM_INFO.flags, C_SessionCancel)",
    "CKF:C_SessionCancel.flags only": "CKF_: for C_SessionCancel only",
    "CKR:CK_RV": "CKR_: return codes",
    "CKF:message-next flags (C_EncryptMessageNext/C_DecryptMessageNext)":
        "CKF_: for C_EncryptMessageNext and C_DecryptMessageNext",
    "CKF:CK_INTERFACE.flags": "CKF_: properties of an interface (CK_INTERFACE.flags)",
    "CKF:CK_C_INITIALIZE_ARGS.flags": "CKF_: for C_Initialize (CK_C_INITIALIZE_ARGS.flags)",
    "CKF:C_WaitForSlotEvent.flags": "CKF_: for C_WaitForSlotEvent",
    "CKG:CK_RSA_PKCS_MGF_TYPE": "CKG_: mask generation functions for PSS and OAEP",
    "CKZ:CK_RSA_PKCS_OAEP_SOURCE_TYPE": "CKZ_: where OAEP takes its label from",
    "CKD:CK_EC_KDF_TYPE / CK_X9_42_DH_KDF_TYPE": "CKD_: key derivation after ECDH and X9.42 DH",
    "CKP:CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE": "CKP_: pseudo-random functions of PBKDF2",
    "CKZ:CK_PKCS5_PBKDF2_SALT_SOURCE_TYPE": "CKZ_: where PBKDF2 takes its salt from",
    "CK:CK_OTP_PARAM_TYPE": "Parameters of one-time passwords (CK_OTP_PARAM.type)",
    "CKF:CK_OTP_FLAGS value": "CKF_: value of the parameter CK_OTP_FLAGS",
    "CKG:CK_GENERATOR_FUNCTION": "CKG_: who makes the nonce of an AEAD message",
    "CK:CK_PRF_DATA_TYPE": "Pieces of the SP 800-108 input (CK_PRF_DATA_PARAM.type)",
    "CK:CK_SP800_108_DKM_LENGTH_METHOD": "How SP 800-108 counts the length of derived keys",
    "CKF:CK_HKDF_PARAMS.ulSaltType":
        "CKF_: where HKDF takes its salt from (CK_HKDF_PARAMS.ulSaltType)",
    "CKS:CK_SESSION_VALIDATION_FLAGS_TYPE": "CKS_: questions for C_GetSessionValidationFlags",
    "CKV:CK_VALIDATION_AUTHORITY_TYPE":
        "CKV_: who validated the module (CKA_VALIDATION_AUTHORITY_TYPE)",
    "CKV:CK_VALIDATION_TYPE": "CKV_: what was validated (CKA_VALIDATION_TYPE)",
    "CKH:CK_HEDGE_TYPE": "CKH_: hedged or deterministic signing",
    "CKP:CK_ML_DSA_PARAMETER_SET_TYPE": "CKP_: ML-DSA parameter sets (CKA_PARAMETER_SET)",
    "CKP:CK_SLH_DSA_PARAMETER_SET_TYPE": "CKP_: SLH-DSA parameter sets (CKA_PARAMETER_SET)",
    "CKP:CK_ML_KEM_PARAMETER_SET_TYPE": "CKP_: ML-KEM parameter sets (CKA_PARAMETER_SET)",
    "CKT:CK_TRUST": "CKT_: degrees of trust (CKO_TRUST objects)",
}

# A heading above the type with which a subject begins.
TYPE_TITLES = {
    "CK_BYTE": "Basic types",
    "CK_VERSION": "Library, slots, tokens and sessions",
    "CK_OBJECT_HANDLE": "Objects and attributes",
    "CK_MECHANISM_TYPE": "Mechanisms, return codes, notification",
    "CK_FUNCTION_LIST": "Function lists and interfaces (the structures are at the end)",
    "CK_CREATEMUTEX": "Initialisation: mutex callbacks of the application",
    "CK_RSA_PKCS_MGF_TYPE": "Parameters: RSA",
    "CK_EC_KDF_TYPE": "Parameters: ECDH, ECMQV",
    "CK_X9_42_DH_KDF_TYPE": "Parameters: X9.42 Diffie-Hellman, KEA",
    "CK_RC2_PARAMS": "Parameters: RC2, RC5, MAC lengths, derivation by encryption",
    "CK_SKIPJACK_PRIVATE_WRAP_PARAMS": "Parameters: SKIPJACK, password-based encryption, SET",
    "CK_SSL3_RANDOM_DATA": "Parameters: SSL 3, TLS 1.0, WTLS",
    "CK_CMS_SIG_PARAMS": "Parameters: CMS signatures, simple derivation, PBKDF2",
    "CK_OTP_PARAM_TYPE": "Parameters: one-time passwords, CT-KIP",
    "CK_AES_CTR_PARAMS": "Parameters: AES modes",
    "CK_CAMELLIA_CTR_PARAMS": "Parameters: Camellia, ARIA, DSA, key wrapping",
    "CK_JAVA_MIDP_SECURITY_DOMAIN":
        "Certificate details; parameters: RSA with AES wrapping, TLS 1.2",
    "CK_GOSTR3410_DERIVE_PARAMS": "Parameters: GOST R 34.10, SEED",
    "CK_PROFILE_ID": "Profiles; parameters: SP 800-108",
    "CK_EDDSA_PARAMS": "Parameters: EdDSA, ChaCha20, Salsa20",
    "CK_X3DH_KDF_TYPE": "Parameters: X3DH, double ratchet, XEdDSA",
    "CK_HKDF_PARAMS": "Parameters: HKDF, HSS",
    "CK_IKE2_PRF_PLUS_DERIVE_PARAMS": "Parameters: IKE",
    "CK_ASYNC_DATA": "Asynchronous calls, validation, post-quantum parameters, trust",
}

TYPE_NOTES = {
    "CK_PKCS5_PBKD2_PARAMS":
        "ulPasswordLen is a pointer here: an old mistake that cannot be taken back.",
    "CK_PKCS5_PBKD2_PARAMS2": "The corrected form.",
    "specifiedParams": "Layout of an HSS key's levels; the published name has no CK_ prefix.",
}


def table(name):
    """Rows of tests/spec/<name>.tsv as dictionaries."""
    with open(SPEC / f"{name}.tsv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def constants():
    """Everything that the published header defines; working-draft names left out."""
    return [row for row in table("constants") if row["status"] != "proposed"]


def constant_value(row):
    """The value as a C literal."""
    if row["value"].startswith("~"):
        return f"({row['value']})"
    if row["group"] in PLAIN_GROUPS:
        return str(int(row["value"], 16))
    return row["value"] + "UL"


def split_pairs(cell):
    """'CK_BYTE[16] cb; CK_ULONG n' as [('CK_BYTE[16]', 'cb'), ('CK_ULONG', 'n')]."""
    pairs = []
    for item in filter(None, (part.strip() for part in cell.split(";"))):
        kind, name = item.rsplit(" ", 1)
        pairs.append((kind, PARAMETER_FIXES.get(name, name)))
    return pairs


def declare(kind, name):
    """A member declaration: the length of an array goes behind the name."""
    base, _, length = kind.partition("[")
    return f"{base} {name}[{length}" if length else f"{base} {name}"


def functions():
    """All calls in the order of the function lists."""
    rows = []
    for row in table("functions"):
        parameters = split_pairs(row["params_type_name_in_order"])
        assert len(parameters) == int(row["nparams"]), row["function"]
        lists = row["in_lists"].split(",")
        first = next(version for name, version in LISTS.items() if name in lists)
        position = int(row["position_1based_after_version_member"])
        assert position == len(rows) + 1, row["function"]
        rows.append({"name": row["function"], "since": row["since"], "first": first,
                     "lists": lists, "position": position, "parameters": parameters})
    return rows


def parameter_list(call):
    return ", ".join(f"{kind}{GLUE}{name}" for kind, name in call["parameters"])


def wrapped(head, items, tail, width=100):
    """head + items + tail on as many lines as needed, continued under the items."""
    indent = " " * (len(head) if len(head) < 48 else 8)
    lines = textwrap.wrap(f"{head}{items}{tail}", width=width, subsequent_indent=indent,
                          break_long_words=False, break_on_hyphens=False)
    return [line.replace(GLUE, " ") for line in lines]


def heading(text):
    return ["", f"/* ---- {text} ---- */", ""]


def constant_note(row):
    if row["status"] == "alias":
        return f" /* = {row['alias_of']} */"
    words = []
    if row["first_version"].startswith("3"):
        words.append(row["first_version"])
    if row["status"] != "current":
        words.append(row["status"])
    return f" /* {', '.join(words)} */" if words else ""


def constant_lines():
    groups = {}
    for row in constants():
        groups.setdefault(row["group"], []).append(row)
    lines = []
    for group, rows in groups.items():
        lines += heading(GROUP_TITLES[group])
        width = max(len(row["name"]) for row in rows)
        for row in rows:
            name = row["name"].ljust(width)
            lines.append(f"#define {name} {constant_value(row)}{constant_note(row)}")
    return lines


def type_lines():
    lines = []
    for row in table("structs"):
        name, kind, cell = row["name"], row["kind"], row["members_or_underlying_type"]
        if kind == "struct" and name in LISTS:
            continue
        if name in TYPE_TITLES:
            while lines and lines[-1] == "":
                lines.pop()
            lines += heading(TYPE_TITLES[name])
        if kind == "struct":
            if lines[-1] != "":
                lines.append("")
            if name in TYPE_NOTES:
                lines.append(f"/* {TYPE_NOTES[name]} */")
            lines.append(f"typedef struct {name} {{")
            lines += [f"    {declare(*pair)};" for pair in split_pairs(cell)]
            lines.append(f"}} {name};")
        elif kind == "function-pointer":
            arguments = ", ".join(f"{t}{GLUE}{n}" for t, n in split_pairs(cell))
            lines += wrapped(f"typedef CK_RV{GLUE}(*{name})(", arguments, ");")
        elif kind == "pointer-typedef":
            base = cell.replace("struct ", "").rstrip("*")
            lines.append(f"typedef {base} *{name};")
            if lines[-2] == f"}} {base};":
                lines.append("")
        else:
            if lines[-1].startswith("} "):
                lines.append("")
            lines.append(f"typedef {cell} {name};")
    return lines


def header_text():
    calls = functions()
    out = [
        "/* SPDX-License-Identifier: Apache-2.0 */",
        "/*",
        " * PKCS#11 (Cryptoki) v3.2 for C and C++: types, constants, structures, function lists.",
        " * Needs no macro set before it and no other header. Integers follow CK_ULONG (unsigned",
        " * long); structures have natural alignment, except on Windows, where they are packed.",
        " * Knows nothing of Conclave: it serves any PKCS#11 module and any application.",
        " * Written by tools/gen_pkcs11_h.py from tests/spec: change the tables, not this.",
        " */",
        "",
        "#ifndef CONCLAVE_PKCS11_H",
        "#define CONCLAVE_PKCS11_H",
        "",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
        "#ifdef _WIN32",
        "#pragma pack(push, 1)",
        "#endif",
        "",
        "#ifndef NULL_PTR",
        "#if defined(__cplusplus) && __cplusplus >= 201103L",
        "#define NULL_PTR nullptr",
        "#elif defined(__cplusplus)",
        "#define NULL_PTR 0",
        "#else",
        "#define NULL_PTR ((void *)0)",
        "#endif",
        "#endif",
        "",
        "/* ================================ Constants ================================ */",
        "",
        "/*",
        " * A number behind a name is the version that brought it, where that is 3.0 or later.",
        ' * "historical": the standard has dropped it, the number stays reserved; "= NAME": the',
        " * same thing under an older or a newer name.",
        " */",
    ]
    out += constant_lines()
    out += ["", "/* ================================== Types ================================== */"]
    out += type_lines()
    out += ["", "/* ================================ Functions ================================ */"]
    out += heading("Prototypes: what a module exports, in the order of the function lists")
    for call in calls:
        out += wrapped(f"extern CK_RV{GLUE}{call['name']}(", parameter_list(call), ");")
    out += heading("Types of pointers to these functions")
    for call in calls:
        out += wrapped(f"typedef CK_RV{GLUE}(*CK_{call['name']})(", parameter_list(call), ");")
    out += heading("Function lists: each begins with the whole of the one before")
    for name in LISTS:
        members = [call for call in calls if name in call["lists"]]
        out += [f"/* {len(members)} functions */", f"struct {name} {{", "    CK_VERSION version;"]
        out += [f"    CK_{call['name']} {call['name']};" for call in members]
        out += ["};", ""]
    out += ["#ifdef _WIN32", "#pragma pack(pop)", "#endif", "",
            "#ifdef __cplusplus", "}", "#endif", "", "#endif /* CONCLAVE_PKCS11_H */"]
    squeezed = [line for i, line in enumerate(out) if line or (i and out[i - 1])]
    return "\n".join(squeezed) + "\n"


CALLS_TOP = """\
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one list of all PKCS#11 v3.2 calls, in the order of the function lists.
 * Knows names, versions, parameters; refuses to know what any call does.
 * Written by tools/gen_pkcs11_h.py from tests/spec/functions.tsv.
 *
 * No include guard and no #include, on purpose: it is read once for each use.
 * The user includes pkcs11.h, defines CALL, reads this file, undefines CALL:
 *
 *     #define CALL(name, first, object, params, args) #name,
 *     static const char *const names[] = {
 *     #include "api/calls.h"
 *     };
 *     #undef CALL
 *
 *   name    the function, C_Xxx; CK_##name is the type of a pointer to it,
 *           and the member of a function list has the same name
 *   first   the first function list that has it: 2_40, 3_0 or 3_2
 *   object  what the first argument names: SESSION (hSession), SLOT (slotID) or NONE
 *   params  the parameter list, in parentheses:  CK_RV name params
 *   args    the names of the arguments, in parentheses:  next_##name args
 *
 * One function list, here 3.0, picks its rows by pasting:
 *
 *     #define IN_3_0_2_40(...) __VA_ARGS__
 *     #define IN_3_0_3_0(...)  __VA_ARGS__
 *     #define IN_3_0_3_2(...)
 *     #define CALL(name, first, object, params, args) IN_3_0_##first(.name = name,)
 *
 * Different code for sessions and slots is picked the same way: CHECK_##object args.
 */

#ifndef CALL
#error "define CALL(name, first, object, params, args) before including calls.h"
#endif

"""


def calls_text():
    lines = []
    for call in functions():
        first = call["parameters"][0][1]
        target = {"hSession": "SESSION", "slotID": "SLOT"}.get(first, "NONE")
        names = ", ".join(name for _, name in call["parameters"])
        lines.append(f"CALL({call['name']}, {call['first']}, {target},")
        lines += wrapped("     (", parameter_list(call), "),")
        lines += wrapped("     (", names, "))")
    return CALLS_TOP + "\n".join(lines) + "\n"


def outputs():
    """Every file of this generator with its text."""
    return {HEADER: header_text(), CALLS: calls_text()}


def main():
    for path, text in outputs().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
