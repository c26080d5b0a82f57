package kron4j.io;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import kron4j.FormatException;

/** Names of tensors in archives. */
final class Names {
    private static final int MAX_QUOTED = 80;

    private Names() {}

    /** The bytes of names or metadata that go into a file. */
    static ByteBuffer utf8(Path path, CharSequence json) {
        try {
            return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(json));
        } catch (CharacterCodingException e) {
            FormatException failure = new FormatException("save: " + path
                    + ": a name or metadata holds half of a surrogate pair, which UTF-8 cannot express");
            failure.initCause(e);
            throw failure;
        }
    }

    /** For error texts: names may be as long as a file. */
    static String quoted(String name) {
        return "'" + (name.length() > MAX_QUOTED ? name.substring(0, MAX_QUOTED) + "..." : name) + "'";
    }
}
