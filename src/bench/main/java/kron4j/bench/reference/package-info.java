/** What peers' results are checked against: plain loops in float64. */
package kron4j.bench.reference;
