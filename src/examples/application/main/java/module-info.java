/** An application on the module path. */
module app {
    requires kron4j;
}
