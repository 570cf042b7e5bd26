using System.Globalization;

namespace Lepton.Orleans.Cli.Records;

/// <summary>A row of a file breaks a rule: says where, which field, and what the rule is.</summary>
internal sealed class BadRowException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="file">What the file is called.</param>
    /// <param name="line">The line that the row starts in, from 1.</param>
    /// <param name="field">The field; empty for the row as a whole.</param>
    /// <param name="rule">The rule it breaks: "must …", "is …".</param>
    public BadRowException(string file, long line, string field, string rule)
        : base(string.Create(CultureInfo.InvariantCulture, $"{file}, line {line}: {(field.Length == 0 ? "the row" : field)} {rule}."))
    {
        Rule = rule;
        Field = field;
        Line = line;
    }

    /// <summary>The line, from 1.</summary>
    public long Line { get; }

    /// <summary>The field; empty for the row as a whole.</summary>
    public string Field { get; }

    /// <summary>The rule.</summary>
    public string Rule { get; }
}
