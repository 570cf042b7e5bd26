namespace Lepton.Orleans.Engine.Samples;

/// <summary>A person who does not exist, with a taste of their own.</summary>
public sealed record SampleUser
{
    /// <summary>The id, unique: the name in lower case with a dot.</summary>
    public required string UserId { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>Labels as a JSON object: country and favourite genres.</summary>
    public required string LabelsJson { get; init; }

    /// <summary>When they came, UTC; their first event is not earlier.</summary>
    public required DateTime JoinedAt { get; init; }
}
