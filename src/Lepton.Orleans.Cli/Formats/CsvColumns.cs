using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Formats;

/// <summary>Which column holds which field.</summary>
internal sealed class CsvColumns
{
    /// <summary>The start of a mapping's name that puts a column into the labels: <c>Labels.year=Year</c>.</summary>
    public const string LabelPrefix = "Labels.";

    private static readonly string[] Known =
        ["UserId", "ItemId", "FeedbackType", "Value", "Timestamp", "Comment", "IsHidden", "Categories", "Labels"];

    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    private readonly List<(string Label, int Column)> _labels = [];

    /// <summary>Labels made of columns of their own.</summary>
    public IReadOnlyList<(string Label, int Column)> Labels => _labels;

    /// <summary>Finds the columns.</summary>
    /// <param name="header">The names of the columns, or <see langword="null"/> where the file has none and columns are numbers from 1.</param>
    /// <param name="map">Field to column; fields it leaves out are found by their own name, in any spelling of it (<c>user_id</c>).</param>
    /// <exception cref="BadFieldException">A column of the map is not there.</exception>
    public CsvColumns(IReadOnlyList<string>? header, IReadOnlyDictionary<string, string> map)
    {
        foreach (var (field, column) in map)
        {
            var index = Find(header, column);
            if (field.StartsWith(LabelPrefix, StringComparison.OrdinalIgnoreCase))
            {
                _labels.Add((field[LabelPrefix.Length..], index));
            }
            else
            {
                _columns[Canonical(field)] = index;
            }
        }

        for (var i = 0; header is not null && i < header.Count; i++)
        {
            if (!_columns.ContainsValue(i) && Array.Find(Known, field => Plain(field) == Plain(header[i])) is { } field)
            {
                _ = _columns.TryAdd(field, i);
            }
        }
    }

    /// <summary>Whether a field has a column.</summary>
    public bool Has(string field) => _columns.ContainsKey(field);

    /// <summary>A field of a record, trimmed; empty where it has no column or the record ends before it.</summary>
    public string Get(List<string> record, string field) =>
        _columns.TryGetValue(field, out var column) && column < record.Count ? record[column].Trim() : "";

    /// <summary>The field's own spelling.</summary>
    /// <exception cref="BadFieldException">There is no such field.</exception>
    public static string Canonical(string field) => Array.Find(Known, known => Plain(known) == Plain(field))
        ?? throw new BadFieldException("--map", $"names the field '{field}'; the fields are {string.Join(", ", Known)} and {LabelPrefix}<name>");

    private static int Find(IReadOnlyList<string>? header, string column)
    {
        if (header is null)
        {
            return int.TryParse(column, out var number) && number > 0
                ? number - 1
                : throw new BadFieldException("--map", $"must give columns by number where the file has no header; '{column}' is none");
        }

        for (var i = 0; i < header.Count; i++)
        {
            if (header[i].Trim().Equals(column, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        throw new BadFieldException("--map", $"names the column '{column}'; the header has {string.Join(", ", header)}");
    }

    private static string Plain(string name) => new([.. name.Where(char.IsLetterOrDigit).Select(char.ToUpperInvariant)]);
}
