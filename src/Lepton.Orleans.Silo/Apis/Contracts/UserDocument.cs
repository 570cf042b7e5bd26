using System.Text.Json;

namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>A user.</summary>
internal sealed record UserDocument
{
    /// <summary>The id: up to 256 UTF-8 bytes without '/' or control characters.</summary>
    public required string UserId { get; init; }

    /// <summary>Labels: any JSON, up to 64 KiB.</summary>
    public JsonElement? Labels { get; init; }

    /// <summary>Free text, such as a name; up to 4096 characters.</summary>
    public string? Comment { get; init; }
}
