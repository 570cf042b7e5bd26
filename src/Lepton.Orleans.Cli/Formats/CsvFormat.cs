using System.Globalization;
using System.Text;
using System.Text.Json;
using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Formats;

/// <summary>Delimited text as RFC 4180 describes it, its columns found by header or mapping.</summary>
internal sealed class CsvFormat : IRowFormat
{
    private readonly CsvOptions _options;
    private readonly List<string> _fields = [];
    private CsvColumns? _columns;
    private RowKind _kind;

    /// <summary>A format.</summary>
    /// <exception cref="BadFieldException">The mapping names a field that does not exist, or is not one for a file without a header.</exception>
    public CsvFormat(CsvOptions options)
    {
        _options = options;
        foreach (var field in options.Map.Keys.Where(field => !field.StartsWith(CsvColumns.LabelPrefix, StringComparison.OrdinalIgnoreCase)))
        {
            _ = CsvColumns.Canonical(field);
        }

        if (!options.HasHeader)
        {
            Learn(null);
        }
    }

    /// <inheritdoc />
    public byte? QuotedSeparator => (byte)_options.Separator;

    /// <inheritdoc />
    public bool HasHeader => _options.HasHeader;

    /// <inheritdoc />
    public string Signature => string.Join(
        '\n',
        ["csv", $"{_options.Kind}", $"{_options.Separator}", _options.ListSeparator, $"{_options.HasHeader}", _options.FeedbackType ?? "",
            .. _options.Map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")]);

    /// <inheritdoc />
    public void ReadHeader(ReadOnlySpan<byte> record)
    {
        DelimitedFields.SplitQuoted(record, (byte)_options.Separator, _fields);
        Learn([.. _fields]);
    }

    /// <inheritdoc />
    public Row Read(ReadOnlySpan<byte> record)
    {
        var columns = _columns ?? throw new InvalidOperationException("The header has not been read.");
        DelimitedFields.SplitQuoted(record, (byte)_options.Separator, _fields);
        var value = columns.Get(_fields, "Value");
        return _kind switch
        {
            RowKind.Feedback => Row.Of(new Feedback
            {
                FeedbackType = columns.Get(_fields, "FeedbackType") is { Length: > 0 } type ? type : _options.FeedbackType ?? "",
                UserId = columns.Get(_fields, "UserId"),
                ItemId = columns.Get(_fields, "ItemId"),
                Value = value.Length == 0 ? 0 : FieldValues.Number(value, "Value"),
                Timestamp = FieldValues.Timestamp(columns.Get(_fields, "Timestamp")),
                Comment = columns.Get(_fields, "Comment"),
            }),
            RowKind.User => Row.Of(new User
            {
                UserId = columns.Get(_fields, "UserId"),
                LabelsJson = Labels(columns),
                Comment = columns.Get(_fields, "Comment"),
            }),
            _ => Row.Of(new Item
            {
                ItemId = columns.Get(_fields, "ItemId"),
                IsHidden = FieldValues.Truth(columns.Get(_fields, "IsHidden"), "IsHidden"),
                Categories = columns.Get(_fields, "Categories")
                    .Split(_options.ListSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
                Timestamp = FieldValues.Timestamp(columns.Get(_fields, "Timestamp")) ?? default,
                LabelsJson = Labels(columns),
                Comment = columns.Get(_fields, "Comment"),
            }),
        };
    }

    private void Learn(IReadOnlyList<string>? header)
    {
        _columns = new CsvColumns(header, _options.Map);
        var (user, item) = (_columns.Has("UserId"), _columns.Has("ItemId"));
        _kind = _options.Kind ?? (user, item) switch
        {
            (true, true) => RowKind.Feedback,
            (true, false) => RowKind.User,
            (false, true) => RowKind.Item,
            _ => throw Missing("UserId or ItemId", header),
        };
        if (_kind != RowKind.Item && !user)
        {
            throw Missing("UserId", header);
        }

        if (_kind != RowKind.User && !item)
        {
            throw Missing("ItemId", header);
        }

        if (_kind == RowKind.Feedback && !_columns.Has("FeedbackType") && _options.FeedbackType is null)
        {
            throw new BadFieldException("FeedbackType", "has no column; name one with --map FeedbackType=<column>, or give all rows a type with --type");
        }
    }

    private static BadFieldException Missing(string field, IReadOnlyList<string>? header) =>
        new(field, $"has no column{(header is null ? "" : $" among {string.Join(", ", header)}")}; name one with --map {field.Split(' ')[0]}=<column>");

    private string? Labels(CsvColumns columns)
    {
        var whole = columns.Get(_fields, "Labels");
        if (columns.Labels.Count == 0)
        {
            return whole.Length == 0 ? null : Checked(whole);
        }

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (label, column) in columns.Labels)
            {
                var text = column < _fields.Count ? _fields[column].Trim() : "";
                if (text.Length == 0)
                {
                    continue;
                }

                json.WritePropertyName(label);
                if (IsNumber(text))
                {
                    json.WriteRawValue(text);
                }
                else
                {
                    json.WriteStringValue(text);
                }
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    // A zip code such as 01234 is text: JSON knows no number like that.
    private static bool IsNumber(string text) =>
        text.Length < 16 && (text.Length == 1 || text[0] != '0' || text[1] == '.') && text[^1] != '.'
        && decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _) && char.IsAsciiDigit(text[0]);

    private static string Checked(string labels)
    {
        try
        {
            using var document = JsonDocument.Parse(labels);
            return labels;
        }
        catch (JsonException)
        {
            throw new BadFieldException("Labels", "must be JSON; to make labels of columns, use --map Labels.<name>=<column>");
        }
    }
}
