using Lepton.Orleans.Deploy.Tests.Files;

namespace Lepton.Orleans.Deploy.Tests.Scripts;

/// <summary>What holds a release up is a kernel that is slower than in the one before it, or that could not be compared.</summary>
public sealed class CompareBenchmarksTests : IDisposable
{
    // Takes what the commit says that its kernel takes.
    private const string Dotnet = """
        while [ "$1" != --artifacts ]; do shift; done
        median=$(cat median)
        [ -n "$median" ] || exit 0
        mkdir -p "$2/results"
        printf '{"Benchmarks":[{"FullName":"Kernels.%s","Statistics":{"Median":%s}}]}' $median >"$2/results/Kernels-report-full-compressed.json"
        """;

    private readonly ScriptFolder _repository = new("deploy/scripts/compare-benchmarks.sh");

    public CompareBenchmarksTests()
    {
        _repository.Put("dotnet", Dotnet);
        _repository.Write(".gitignore", "artifacts/\n.programs/\n");
    }

    public void Dispose() => _repository.Dispose();

    [Fact]
    public async Task A_release_is_compared_with_the_one_before_it_and_not_with_itself()
    {
        await CommitAsync("Rank 100", "v1.0.0");
        await CommitAsync("Rank 130", "v1.1.0");

        var (code, said) = await _repository.RunAsync();

        Assert.Contains("slower 1.3x Kernels.Rank", said, StringComparison.Ordinal);
        Assert.Equal(1, code);
        Assert.Equal(0, (await _repository.RunAsync("--tolerance", "40")).Code);
    }

    [Fact]
    public async Task What_is_as_fast_as_in_the_last_release_passes()
    {
        await CommitAsync("Rank 100", "v1.0.0");
        await CommitAsync("Rank 110");

        var (code, said) = await _repository.RunAsync();

        Assert.Contains("1 compared", said, StringComparison.Ordinal);
        Assert.Equal(0, code);
        Assert.Single((await GitAsync("worktree", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("Rank 100", "", "Nothing was measured of this commit")]
    [InlineData("", "Rank 100", "Nothing was measured of v1.0.0")]
    [InlineData("Rank 100", "Order 100", "0 compared")]
    public async Task What_could_not_be_compared_fails(string before, string now, string because)
    {
        await CommitAsync(before, "v1.0.0");
        await CommitAsync(now);

        var (code, said) = await _repository.RunAsync();

        Assert.Contains(because, said, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    [Fact]
    public async Task Before_the_first_release_there_is_nothing_to_compare_with()
    {
        await CommitAsync("Rank 100", "v1.0.0");

        var (code, said) = await _repository.RunAsync();

        Assert.Contains("There is no release", said, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task A_clone_without_tags_fetches_them()
    {
        await CommitAsync("Rank 100", "v1.0.0");
        await CommitAsync("Rank 300");
        using var clone = new ScriptFolder("deploy/scripts/compare-benchmarks.sh");
        clone.Put("dotnet", Dotnet);
        await GitAsync("clone", "--quiet", "--no-tags", "--depth", "1", $"file://{_repository.Path}", $"{clone.Path}/.clone");
        Directory.Move($"{clone.Path}/.clone/.git", $"{clone.Path}/.git");
        clone.Write("median", "Rank 300");

        var (code, said) = await clone.RunAsync();

        Assert.Contains("slower 3x Kernels.Rank", said, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    private async Task CommitAsync(string median, string? tag = null)
    {
        if (!Directory.Exists($"{_repository.Path}/.git"))
        {
            await GitAsync("init", "--quiet");
        }

        _repository.Write("median", median);
        await GitAsync("add", "--all");
        await GitAsync("commit", "--quiet", "--allow-empty", "--message", median.Length > 0 ? median : "nothing");
        if (tag is not null)
        {
            await GitAsync("tag", tag);
        }
    }

    private async Task<string> GitAsync(params IReadOnlyList<string> arguments)
    {
        var (code, output, errors) = await Command.EndAsync(
            "git", ["-c", "user.name=Lepton", "-c", "user.email=lepton@example.com", "-c", "init.defaultBranch=main", .. arguments],
            _repository.Path, new Dictionary<string, string>(), TestContext.Current.CancellationToken);
        Assert.True(code == 0, errors);
        return output;
    }
}
