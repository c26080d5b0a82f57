/** One card: its context, streams, events, graphs, memory, kernels, and the words that these take. Knows {@code load} only. */
package kron4j.backend.cuda.card;
