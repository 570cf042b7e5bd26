namespace Lepton.Orleans.Cli.Importing;

/// <summary>What a later run has to know to go on.</summary>
/// <param name="Position">Everything before it is acknowledged.</param>
/// <param name="Probe">The path of a record that was acknowledged: where the service no longer knows it, its data was replaced.</param>
internal sealed record Checkpoint(ImportPosition Position, string Probe);
