namespace Lepton.Orleans;

/// <summary>A user as callers know it.</summary>
[GenerateSerializer, Immutable, Alias("lepton.User")]
public sealed record User
{
    /// <summary>The id, unique within the tenant.</summary>
    [Id(0)] public required string UserId { get; init; }

    /// <summary>Labels as the caller's JSON (an array or an object), or <see langword="null"/>.</summary>
    [Id(1)] public string? LabelsJson { get; init; }

    /// <summary>Free text, such as a name; never used for ranking.</summary>
    [Id(2)] public string Comment { get; init; } = "";
}
