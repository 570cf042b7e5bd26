using System.Globalization;
using System.Text.Json;

namespace Lepton.Orleans.Cli.Service;

/// <summary>What the service says about a request that failed (RFC 9457).</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">The kind of problem.</param>
/// <param name="Detail">What is wrong; empty where the answer was no problem document.</param>
/// <param name="Errors">Fields and the rules that they break.</param>
internal sealed record ProblemDocument(int Status, string Title, string Detail, IReadOnlyList<(string Field, string Rule)> Errors)
{
    /// <summary>The row of the request's array that the first error is about, or -1.</summary>
    public int Row
    {
        get
        {
            var path = Errors.Count == 0 ? "" : Errors[0].Field;
            var end = path.IndexOf(']', StringComparison.Ordinal);
            return end > 1 && path[0] == '[' && int.TryParse(path.AsSpan(1, end - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var row)
                ? row
                : -1;
        }
    }

    /// <summary>Reads an answer, whatever it is.</summary>
    public static ProblemDocument Parse(int status, string? reason, ReadOnlySpan<byte> body)
    {
        var title = reason is { Length: > 0 } ? reason : "Error";
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? new ProblemDocument(status, Text(root, "title") ?? title, Text(root, "detail") ?? "", ErrorsOf(root))
                : new ProblemDocument(status, title, "", []);
        }
        catch (JsonException)
        {
            return new ProblemDocument(status, title, "", []);
        }
    }

    private static List<(string, string)> ErrorsOf(JsonElement root)
    {
        var errors = new List<(string, string)>();
        if (root.TryGetProperty("errors", out var fields) && fields.ValueKind == JsonValueKind.Object)
        {
            foreach (var field in fields.EnumerateObject())
            {
                if (field.Value.ValueKind == JsonValueKind.Array)
                {
                    errors.AddRange(field.Value.EnumerateArray().Select(rule => (field.Name, rule.ToString())));
                }
            }
        }

        return errors;
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
