using System.Text.Json;

namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>An item.</summary>
internal sealed record ItemDocument
{
    /// <summary>The id: up to 256 UTF-8 bytes without '/' or control characters.</summary>
    public required string ItemId { get; init; }

    /// <summary>A hidden item is in no list.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Categories that lists can be restricted to; at most 100.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>When the item appeared: ISO 8601 (UTC where no zone is given), or a date; empty where nobody knows.</summary>
    public string? Timestamp { get; init; }

    /// <summary>Labels: any JSON, up to 64 KiB.</summary>
    public JsonElement? Labels { get; init; }

    /// <summary>Free text, such as a title; up to 4096 characters.</summary>
    public string? Comment { get; init; }
}
