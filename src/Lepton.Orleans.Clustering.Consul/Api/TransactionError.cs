namespace Lepton.Orleans.Clustering.Consul.Api;

/// <summary>Why an operation kept its transaction from happening.</summary>
internal sealed record TransactionError(int OpIndex, string? What)
{
    // The words are all that Consul tells apart by: a refusal by ACL has the same status and form.
    private const string StaleIndex = "index is stale";

    /// <summary>Whether somebody else has written the entry in between.</summary>
    public bool IsConflict => What?.EndsWith(StaleIndex, StringComparison.Ordinal) == true;
}
