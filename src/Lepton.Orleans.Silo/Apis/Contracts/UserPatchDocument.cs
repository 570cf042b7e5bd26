using System.Text.Json;

namespace Lepton.Orleans.Silo.Apis.Contracts;

/// <summary>A change to a user: what is absent or null stays as it is.</summary>
internal sealed record UserPatchDocument
{
    /// <summary>New labels.</summary>
    public JsonElement? Labels { get; init; }

    /// <summary>New free text.</summary>
    public string? Comment { get; init; }
}
