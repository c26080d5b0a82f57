/** The command line: {@link kron4j.cli.Main}, and one class per command. */
package kron4j.cli;
