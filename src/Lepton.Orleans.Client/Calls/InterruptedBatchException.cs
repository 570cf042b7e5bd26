namespace Lepton.Orleans.Client.Calls;

/// <summary>
/// The store stopped confirming in the middle of a batch. What it confirmed is kept; the rest may or may not be.
/// </summary>
internal sealed class InterruptedBatchException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="rows">How many rows the batch has.</param>
    /// <param name="rowsKept">How many of them are confirmed.</param>
    /// <param name="noun">What the batch is split by: <c>users</c> or <c>items</c>.</param>
    /// <param name="groups">How many of those it concerns.</param>
    /// <param name="groupsKept">How many of them are confirmed.</param>
    /// <param name="cause">What the first of the others met with.</param>
    public InterruptedBatchException(int rows, int rowsKept, string noun, int groups, int groupsKept, Exception cause)
        : base(cause.Message, cause)
    {
        Rows = rows;
        RowsKept = rowsKept;
        Noun = noun;
        Groups = groups;
        GroupsKept = groupsKept;
    }

    /// <summary>How many rows the batch has.</summary>
    public int Rows { get; }

    /// <summary>How many of them are confirmed.</summary>
    public int RowsKept { get; }

    /// <summary>What the batch is split by: <c>users</c> or <c>items</c>.</summary>
    public string Noun { get; }

    /// <summary>How many of those the batch concerns.</summary>
    public int Groups { get; }

    /// <summary>How many of them are confirmed.</summary>
    public int GroupsKept { get; }
}
