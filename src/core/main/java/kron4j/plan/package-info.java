/** Plans, made of integers only: they parse, order and lay out work without touching a device, and print as text. */
package kron4j.plan;
