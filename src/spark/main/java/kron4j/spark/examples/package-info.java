/** Programs for {@code spark-submit}: the documentation's examples. */
package kron4j.spark.examples;
