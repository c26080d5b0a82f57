/** Kron4J as an engine of the Deep Java Library: what is written against {@code ai.djl:api} runs on it, on the CPU and on NVIDIA GPUs. */
package kron4j.djl;
