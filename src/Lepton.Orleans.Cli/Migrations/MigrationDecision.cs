namespace Lepton.Orleans.Cli.Migrations;

/// <summary>That everything has arrived, which is kept before the target is told.</summary>
/// <param name="Mark">The mark of the pause that the source is held by: another one where it may have taken writes since.</param>
/// <param name="Report">What is said to a person at the end.</param>
internal sealed record MigrationDecision(string? Mark, IReadOnlyList<string> Report);
