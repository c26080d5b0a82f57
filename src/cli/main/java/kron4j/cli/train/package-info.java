/** The trainings of {@code kron4j train}, on real and synthetic data, with checks that show whether they worked. */
package kron4j.cli.train;
