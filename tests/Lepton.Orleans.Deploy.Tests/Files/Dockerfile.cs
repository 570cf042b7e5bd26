namespace Lepton.Orleans.Deploy.Tests.Files;

/// <summary>What the image's last stage says.</summary>
internal sealed class Dockerfile
{
    private readonly List<(string Instruction, string Arguments)> _lines;

    private Dockerfile(List<(string, string)> lines) => _lines = lines;

    public static Dockerfile Read()
    {
        var text = Repository.Read("Dockerfile").Replace("\\\n", " ", StringComparison.Ordinal);
        var lines = text.Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line => line.Split(' ', 2)).Select(parts => (parts[0], parts[1].Trim())).ToList();
        return new Dockerfile(lines[lines.FindLastIndex(line => line.Item1 == "FROM")..]);
    }

    /// <summary>The arguments of an instruction that there is one of.</summary>
    public string this[string instruction] => _lines.Single(line => line.Instruction == instruction).Arguments;

    /// <summary>What the image sets for every process in it.</summary>
    public IReadOnlyDictionary<string, string> Environment => this["ENV"]
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    public string this[string instruction, string option] => this[instruction]
        .Split(' ').Single(word => word.StartsWith($"--{option}=", StringComparison.Ordinal)).Split('=', 2)[1];
}
