/** Sources of device memory and what composes on them: caching, limiting, counting. */
package kron4j.memory;
