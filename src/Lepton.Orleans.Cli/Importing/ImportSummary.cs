namespace Lepton.Orleans.Cli.Importing;

/// <summary>What an import did.</summary>
/// <param name="Rows">Rows acknowledged in this run.</param>
/// <param name="Feedback">Rows of feedback among them.</param>
/// <param name="Changed">Rows of feedback that changed something.</param>
/// <param name="Bad">Rows passed over.</param>
/// <param name="Resumed">Rows that an earlier run had done.</param>
/// <param name="Elapsed">How long it took.</param>
internal sealed record ImportSummary(long Rows, long Feedback, long Changed, long Bad, long Resumed, TimeSpan Elapsed);
