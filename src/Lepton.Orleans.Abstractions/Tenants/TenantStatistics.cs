namespace Lepton.Orleans;

/// <summary>How much a tenant holds, and how current the answering silo is.</summary>
[GenerateSerializer, Immutable, Alias("lepton.TenantStatistics")]
public sealed record TenantStatistics
{
    /// <summary>Users with a profile or feedback.</summary>
    [Id(0)] public long Users { get; init; }

    /// <summary>Items that exist.</summary>
    [Id(1)] public long Items { get; init; }

    /// <summary>Positive feedback that the item shards have counted.</summary>
    [Id(2)] public long PositiveFeedback { get; init; }

    /// <summary>The build that the answering silo's replica holds; 0 before the first.</summary>
    [Id(3)] public long ModelVersion { get; init; }

    /// <summary>The catalogue version of the answering silo's replica.</summary>
    [Id(4)] public long CatalogVersion { get; init; }
}
