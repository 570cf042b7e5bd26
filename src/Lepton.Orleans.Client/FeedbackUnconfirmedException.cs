namespace Lepton.Orleans.Client;

/// <summary>
/// Feedback was not confirmed, all of it or a part: it may have been kept or not. Recording <see cref="Rows"/> again is safe:
/// what was kept changes nothing.
/// </summary>
public sealed class FeedbackUnconfirmedException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="rows">The rows as they were sent.</param>
    /// <param name="rowsKept">How many of them are confirmed.</param>
    /// <param name="innerException">What the first of the others met with.</param>
    public FeedbackUnconfirmedException(IReadOnlyList<Feedback> rows, int rowsKept, Exception innerException)
        : base($"{rowsKept} of {rows?.Count} rows of feedback are kept, the others are not confirmed; recording the Rows of this exception again is safe. {innerException?.Message}", innerException)
    {
        ArgumentNullException.ThrowIfNull(rows);
        (Rows, RowsKept) = (rows, rowsKept);
    }

    /// <summary>The rows as they were sent, each with a name or a time of its own that makes a repetition known as one.</summary>
    public IReadOnlyList<Feedback> Rows { get; }

    /// <summary>How many of them are confirmed.</summary>
    public int RowsKept { get; }
}
