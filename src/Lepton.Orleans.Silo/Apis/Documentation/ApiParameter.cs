using Lepton.Orleans.Silo.Apis.Requests;

namespace Lepton.Orleans.Silo.Apis.Documentation;

/// <summary>A parameter in the query or in a header.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its JSON schema type: <c>string</c>, <c>integer</c> or <c>boolean</c>.</param>
/// <param name="Description">What it does.</param>
internal sealed record ApiParameter(string Name, string Type, string Description)
{
    /// <summary>How many.</summary>
    public static readonly ApiParameter Count =
        new("n", "integer", $"How many at the most: 0 to {RequestValues.MaxCount}, by default {RequestValues.DefaultCount}.");

    /// <summary>How many to skip.</summary>
    public static readonly ApiParameter Offset = new("offset", "integer", "How many of the first to skip; by default none.");

    /// <summary>Where a page starts.</summary>
    public static readonly ApiParameter Cursor = new("cursor", "string", "Empty for the first page; then the Cursor of the page before, until that is empty. A page may be shorter than n.");

    /// <summary>A category.</summary>
    public static readonly ApiParameter Category = new("category", "string", "Only items of this category.");

    /// <summary>A page of an enumeration.</summary>
    public static readonly IReadOnlyList<ApiParameter> Paging = [Count, Cursor];

    /// <summary>A part of a list.</summary>
    public static readonly IReadOnlyList<ApiParameter> Slice = [Count, Offset];
}
