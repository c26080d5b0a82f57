/** Sources of device memory, and sources composed on them: caching, limiting, collecting, counting, stream-ordered. */
package kron4j.memory;
