/** The main job on real digits, in five steps, each checked against an independent way to the same numbers. */
package kron4j.cli.demo;
