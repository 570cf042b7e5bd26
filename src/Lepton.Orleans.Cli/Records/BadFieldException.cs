namespace Lepton.Orleans.Cli.Records;

/// <summary>A field breaks a rule; whoever knows file and line makes a <see cref="BadRowException"/> of it.</summary>
/// <param name="field">The field; empty for the row as a whole.</param>
/// <param name="rule">The rule: "must …", "is …".</param>
internal sealed class BadFieldException(string field, string rule) : Exception($"{field} {rule}")
{
    /// <summary>The field; empty for the row as a whole.</summary>
    public string Field { get; } = field;

    /// <summary>The rule.</summary>
    public string Rule { get; } = rule;
}
