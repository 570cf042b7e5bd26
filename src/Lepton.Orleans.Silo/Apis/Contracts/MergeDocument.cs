namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>Who is merged into a user.</summary>
internal sealed record MergeDocument
{
    /// <summary>The id of the user that goes.</summary>
    public required string From { get; init; }
}
