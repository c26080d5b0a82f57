/** Replays case files of exact results: {@link kron4j.cli.conformance.CaseFile} reads and runs, a {@link kron4j.cli.conformance.Replayer} knows one kind. */
package kron4j.cli.conformance;
