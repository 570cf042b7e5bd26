using System.Text.Json;

namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>A change to an item: what is absent or null stays as it is.</summary>
internal sealed record ItemPatchDocument
{
    /// <summary>Hide or show.</summary>
    public bool? IsHidden { get; init; }

    /// <summary>All categories anew.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>When the item appeared: ISO 8601 (UTC where no zone is given), or a date.</summary>
    public string? Timestamp { get; init; }

    /// <summary>New labels.</summary>
    public JsonElement? Labels { get; init; }

    /// <summary>New free text.</summary>
    public string? Comment { get; init; }
}
