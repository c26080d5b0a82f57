/** The library's real work on real digits, in five steps, each checked against an independent computation. */
package kron4j.cli.demo;
