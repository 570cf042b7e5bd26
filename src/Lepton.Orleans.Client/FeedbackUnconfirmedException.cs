namespace Lepton.Orleans.Client;

/// <summary>
/// Feedback was not confirmed, all of it or a part: it may have been kept or not. Recording <see cref="Rows"/> again, with
/// <see cref="Overwrite"/> as before, is safe: what was kept changes nothing. Where the inner exception is an
/// <see cref="InvalidFeedbackException"/> or an <see cref="EventIdReusedException"/>, the row of its <c>Index</c> is refused every time:
/// leave it out, or mend it.
/// </summary>
public sealed class FeedbackUnconfirmedException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="rows">The rows as they were sent.</param>
    /// <param name="overwrite">Whether they were to replace what is there.</param>
    /// <param name="rowsKept">How many of them are confirmed.</param>
    /// <param name="innerException">What the first of the others met with.</param>
    public FeedbackUnconfirmedException(IReadOnlyList<Feedback> rows, bool overwrite, int rowsKept, Exception innerException)
        : base($"{rowsKept} of {rows?.Count} rows of feedback are kept, the others are not confirmed; recording the Rows of this exception again{(IsRefusal(innerException) ? " without the one that is refused" : "")}{(overwrite ? ", to overwrite as before," : "")} is safe. {innerException?.Message}", innerException)
    {
        ArgumentNullException.ThrowIfNull(rows);
        (Rows, Overwrite, RowsKept) = (rows, overwrite, rowsKept);
    }

    /// <summary>
    /// The rows as they were sent; those to be added have each a name or a time of their own that makes a repetition known as one.
    /// </summary>
    public IReadOnlyList<Feedback> Rows { get; }

    /// <summary>Whether they were to replace what is there: so they have to be recorded again, or they would be added to it.</summary>
    public bool Overwrite { get; }

    /// <summary>How many of them are confirmed.</summary>
    public int RowsKept { get; }

    /// <summary>Whether an exception means that a row is refused, however often it is sent.</summary>
    internal static bool IsRefusal(Exception exception) => exception is InvalidFeedbackException or EventIdReusedException;
}
