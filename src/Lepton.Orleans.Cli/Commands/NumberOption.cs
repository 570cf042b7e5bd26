using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Lepton.Orleans.Cli.Commands;

/// <summary>Options that are numbers: text that is none, and a number that is out of bounds, are refused with the rule.</summary>
internal static class NumberOption
{
    /// <summary>Takes numbers that a rule holds for.</summary>
    /// <param name="option">The option.</param>
    /// <param name="rule">What the number must be, as in "-n must be …".</param>
    /// <param name="holds">Whether it is so; absent: any number is.</param>
    public static void Accept<T>(this Option<T> option, string rule, Func<T, bool>? holds = null)
        where T : struct, INumber<T> => option.CustomParser = result => Read(result, option.Name, rule, holds) ?? default;

    /// <summary>Takes numbers that a rule holds for, where the option may be left out.</summary>
    /// <param name="option">The option.</param>
    /// <param name="rule">What the number must be, as in "-n must be …".</param>
    /// <param name="holds">Whether it is so; absent: any number is.</param>
    public static void Accept<T>(this Option<T?> option, string rule, Func<T, bool>? holds = null)
        where T : struct, INumber<T> => option.CustomParser = result => Read(result, option.Name, rule, holds);

    private static T? Read<T>(ArgumentResult result, string name, string rule, Func<T, bool>? holds)
        where T : struct, INumber<T>
    {
        if (result.Tokens is not [var token])
        {
            return null;
        }

        if (T.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && T.IsFinite(number) && holds?.Invoke(number) != false)
        {
            return number;
        }

        result.AddError($"{name} must be {rule}, not '{token.Value}'.");
        return null;
    }
}
