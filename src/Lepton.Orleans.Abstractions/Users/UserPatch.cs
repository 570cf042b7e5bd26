namespace Lepton.Orleans;

/// <summary>A change to a user: what is <see langword="null"/> stays as it is.</summary>
[GenerateSerializer, Immutable, Alias("lepton.UserPatch")]
public sealed record UserPatch
{
    /// <summary>New labels as JSON; the JSON text <c>null</c> removes them.</summary>
    [Id(0)] public string? LabelsJson { get; init; }

    /// <summary>New free text.</summary>
    [Id(1)] public string? Comment { get; init; }
}
