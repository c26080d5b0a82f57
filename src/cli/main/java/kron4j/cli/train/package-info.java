/** The trainings of {@code kron4j train}: each on real or synthetic data, with numbers and checks that show whether it worked. */
package kron4j.cli.train;
