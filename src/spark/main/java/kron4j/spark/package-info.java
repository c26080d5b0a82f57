/** Kron4J in the tasks of Apache Spark: statistics of rows, on the CPU and on the card that Spark gives a task. */
package kron4j.spark;
