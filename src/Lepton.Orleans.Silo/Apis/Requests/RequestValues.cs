using System.Globalization;
using Lepton.Orleans.Silo.Apis.Problems;
using Microsoft.AspNetCore.WebUtilities;

namespace Lepton.Orleans.Silo.Apis.Requests;

/// <summary>Reads and checks what a request's path and query name.</summary>
internal static class RequestValues
{
    /// <summary>How many rows or places an answer has when the request does not say.</summary>
    public const int DefaultCount = 10;

    /// <summary>How many rows or places an answer has at the most.</summary>
    public const int MaxCount = 1000;

    /// <summary>An id from the path.</summary>
    /// <param name="context">The request.</param>
    /// <param name="name">The route's parameter.</param>
    /// <param name="field">How problems name it.</param>
    /// <exception cref="InvalidRequestException">It breaks the rule for ids.</exception>
    public static string Id(HttpContext context, string name, string field) =>
        CheckId((string?)context.Request.RouteValues[name], field);

    /// <summary>A category from the path; <see langword="null"/> where the route has none.</summary>
    /// <exception cref="InvalidRequestException">It breaks the rule for ids.</exception>
    public static string? Category(HttpContext context) =>
        context.Request.RouteValues["category"] is string category ? CheckId(category, "category") : null;

    /// <summary>A type of feedback from the path; <see langword="null"/> where the route has none.</summary>
    /// <exception cref="InvalidRequestException">It breaks the rule for ids.</exception>
    public static string? FeedbackType(HttpContext context) =>
        context.Request.RouteValues.ContainsKey("type") ? Id(context, "type", nameof(Feedback.FeedbackType)) : null;

    /// <summary>Checks an id.</summary>
    /// <exception cref="InvalidRequestException">It breaks the rule for ids.</exception>
    public static string CheckId(string? id, string field) =>
        LeptonKey.Violation(id) is { } rule ? throw new InvalidRequestException(field, rule) : id!;

    /// <summary>A value of the query; <see langword="null"/> where it is absent or empty.</summary>
    /// <exception cref="InvalidRequestException">It is given more than once: nobody knows which one is meant.</exception>
    public static string? Single(HttpContext context, string name) =>
        !context.Request.QueryString.HasValue ? null : context.Request.Query[name] switch
        {
            [] => null,
            [var text] => string.IsNullOrEmpty(text) ? null : text,
            _ => throw new InvalidRequestException(name, "must be given once"),
        };

    /// <summary>Whether a request says <c>async=true</c>.</summary>
    /// <exception cref="InvalidRequestException">It says something else than true or false.</exception>
    public static bool IsAsync(HttpContext context) =>
        Single(context, "async") is { } text && (bool.TryParse(text, out var isAsync) ? isAsync : throw new InvalidRequestException("async", "must be true or false"));

    /// <summary>The count, offset and category of a request, from its query and its route.</summary>
    /// <exception cref="InvalidRequestException">One of them breaks its rule, or is given more than once.</exception>
    public static ListQuery List(HttpContext context)
    {
        var (query, given) = (new ListQuery { Category = Category(context) }, 0);
        if (!context.Request.QueryString.HasValue)
        {
            return query;
        }

        foreach (var pair in new QueryStringEnumerable(context.Request.QueryString.Value))
        {
            var name = pair.DecodeName().Span;
            if (pair.EncodedValue.IsEmpty)
            {
                continue; // "?n=" asks for nothing
            }

            switch (name)
            {
                case "n":
                    DemandOnce(ref given, 1 << 0, "n");
                    query.Count = Integer("n", pair.DecodeValue().Span, MaxCount);
                    break;
                case "offset":
                    DemandOnce(ref given, 1 << 1, "offset");
                    query.Offset = Integer("offset", pair.DecodeValue().Span, int.MaxValue);
                    break;
                case "cursor":
                    DemandOnce(ref given, 1 << 2, "cursor");
                    query.Cursor = pair.DecodeValue().ToString();
                    break;
                case "category" when query.Category is not null:
                    throw new InvalidRequestException("category", "must be given once");
                case "category":
                    query.Category = CheckId(pair.DecodeValue().ToString(), "category");
                    break;
                case "user-id":
                    DemandOnce(ref given, 1 << 3, "user-id");
                    query.UserId = CheckId(pair.DecodeValue().ToString(), "user-id");
                    break;
                case "write-back-type":
                    DemandOnce(ref given, 1 << 4, "write-back-type");
                    query.WriteBackType = CheckId(pair.DecodeValue().ToString(), "write-back-type");
                    break;
                case "write-back-delay":
                    DemandOnce(ref given, 1 << 5, "write-back-delay");
                    query.WriteBackDelay = GoDuration.TryParse(pair.DecodeValue().Span, out var delay)
                        ? delay
                        : throw new InvalidRequestException("write-back-delay", GoDuration.Rule);
                    break;
                case "explain":
                    DemandOnce(ref given, 1 << 6, "explain");
                    query.Explain = bool.TryParse(pair.DecodeValue().Span, out var explain)
                        ? explain
                        : throw new InvalidRequestException("explain", "must be true or false");
                    break;
                default:
                    break; // unknown parameters are ignored, as unknown fields are
            }
        }

        return query;
    }

    // Of what is given twice nobody knows which is meant.
    private static void DemandOnce(ref int given, int bit, string name) =>
        given = (given & bit) == 0 ? given | bit : throw new InvalidRequestException(name, "must be given once");

    private static int Integer(string name, ReadOnlySpan<char> text, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= max
            ? value
            : throw new InvalidRequestException(name, $"must be an integer from 0 to {max.ToString(CultureInfo.InvariantCulture)}");
}
