# Turns a list of names into functions that say that they are not simulated. Weak, so that what is simulated takes their place.
BEGIN { print "extern \"C\" int simcudaUnsupported(const char*, int);" }
{ printf "extern \"C\" __attribute__((weak, visibility(\"default\"))) int %s() { return simcudaUnsupported(\"%s\", %d); }\n", $1, $1, code }
