/** What a device must be able to do, and the look-up of the devices at hand. */
package kron4j.backend;
