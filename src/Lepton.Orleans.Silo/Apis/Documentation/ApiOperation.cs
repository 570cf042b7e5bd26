using Lepton.Orleans.Silo.Apis.Responses;

namespace Lepton.Orleans.Silo.Apis.Documentation;

/// <summary>What the OpenAPI document says about an endpoint.</summary>
/// <param name="Name">The operation's id, unique.</param>
/// <param name="Tag">The group it is shown in, see <see cref="ApiTags"/>.</param>
/// <param name="Summary">What it does, in a line.</param>
internal sealed record ApiOperation(string Name, string Tag, string Summary)
{
    /// <summary>What else there is to know; empty for nothing.</summary>
    public string Description { get; init; } = "";

    /// <summary>The type of the request's body; <see langword="null"/> for none.</summary>
    public Type? Body { get; init; }

    /// <summary>The type of the answer.</summary>
    public required Type Response { get; init; }

    /// <summary>The type of the answer 202, where the caller may choose not to wait; <see langword="null"/> where that is no choice.</summary>
    public Type? Accepted { get; init; }

    /// <summary>The media type of the request's body.</summary>
    public string BodyType { get; init; } = JsonResponse.ContentType;

    /// <summary>The media type of the answer.</summary>
    public string ResponseType { get; init; } = JsonResponse.ContentType;

    /// <summary>What the query may say.</summary>
    public IReadOnlyList<ApiParameter> Query { get; init; } = [];

    /// <summary>What the headers may say, beside the key.</summary>
    public IReadOnlyList<ApiParameter> Headers { get; init; } = [];

    /// <summary>Whether it answers 404 where what the path names does not exist.</summary>
    public bool MayBeMissing { get; init; }

    /// <summary>Whether it answers 409 where what is there does not allow it.</summary>
    public bool MayConflict { get; init; }

    /// <summary>Whether it answers 422 where a name of a request is used again for another.</summary>
    public bool MayBeReused { get; init; }

    /// <summary>Whether it answers 503 where the store does not.</summary>
    public bool NeedsStore { get; init; } = true;
}
