#!/bin/sh
# Runs examples/macho.c and compares what it prints: of a fat file, of signatures that are claimed,
# verified and refused, and of what is no Mach-O file.
#
# usage: macho_test.sh PROGRAM IMAGES

set -u
program=$1
images=$2
failed=0

# expect NAME EXIT ARGUMENT...: what the program prints, on both streams, is what stands on standard
# input.
expect() {
    name=$1 code=$2
    shift 2
    expected=$(cat)
    printed=$("$program" "$@" 2>&1)
    ended=$?
    if [ "$ended" -ne "$code" ] || [ "$printed" != "$expected" ]; then
        printf 'FAIL %s: exit %s, and printed\n%s\nexpected\n%s\n' "$name" "$ended" "$printed" \
            "$expected"
        failed=1
    fi
}

expect "a fat file" 0 "$images/fat" <<'END'
x86_64 execute
  links, load: /usr/lib/libSystem.B.dylib 1336.0
  links, load: /System/Library/Frameworks/Foundation.framework/Versions/C/Foundation 100.0
  signature: unsigned
  injection: open
    unsigned: nothing keeps code of others out
arm64 execute
  links, load: /usr/lib/libSystem.B.dylib 1336.0
  signature: linker_signed as image +adhoc +linker_signed
  injection: open
    not hardened: DYLD variables and libraries of anyone are taken
the worst of all: injection open
END

expect "a signature that is a claim" 0 "$images/signed" <<'END'
x86_64 execute
  links, load: /usr/lib/libSystem.B.dylib 1336.0
  signature: signed as org.pomona.signed +runtime
  signer, by its own word: UID = POMONATEST, CN = Developer ID Application: Pomona Tests (POMONATEST), OU = POMONATEST, O = Pomona Tests, C = XX
  injection: closed
    hardened runtime with library validation, and no exceptions
the worst of all: injection closed
END

expect "a signature that is verified" 0 "$images/signed" "$images/anchors/root.pem" <<'END'
x86_64 execute
  links, load: /usr/lib/libSystem.B.dylib 1336.0
  signature: signed as org.pomona.signed +runtime
  signer, verified: UID = POMONATEST, CN = Developer ID Application: Pomona Tests (POMONATEST), OU = POMONATEST, O = Pomona Tests, C = XX
  injection: closed
    hardened runtime with library validation, and no exceptions
the worst of all: injection closed
END

expect "a slice that is hidden" 0 "$images/hidden" <<'END'
arm64 execute
  links, load: /usr/lib/libSystem.B.dylib 1.2.3
  signature: unsigned
  injection: open
    unsigned: nothing keeps code of others out
x86_64 execute, hidden
  links, load: /usr/lib/libSystem.B.dylib 1336.0
  links, load: /System/Library/Frameworks/Foundation.framework/Versions/C/Foundation 100.0
  signature: unsigned
  injection: open
    unsigned: nothing keeps code of others out
  wrong: this slice is hidden: the fat header counts 1
the worst of all: injection open
END

expect "a bundle whose Info.plist was changed" 0 \
    "$images/bundles/changed.app/Contents/MacOS/tool" <<'END'
x86_64 execute
  links, load: /usr/lib/libSystem.B.dylib 1336.0
  signature: invalid as org.pomona.changed +adhoc
  injection: open
    the signature is invalid
  wrong: Info.plist is not the one that the code directory seals
the worst of all: injection open
END

expect "no Mach-O file" 1 "$images/anchors/root.pem" <<END
$images/anchors/root.pem: not a Mach-O file (magic 0x2d2d2d2d)
END

expect "no roots" 2 "$images/signed" "$images/plain" <<END
$images/plain: no certificate in 4248 octets
END

exit $failed
