namespace Lepton.Orleans.Engine.Samples;

/// <summary>Names of people, countries and places that the sample draws from; the places are invented.</summary>
internal static class SampleNames
{
    /// <summary>First names from many languages.</summary>
    public static IReadOnlyList<string> First { get; } = Words(
        "Ada Agnes Aiko Alba Amara Anika Anton Arjun Astrid Beatriz Bela Bram Bruno Camille Carlos Carmen Casimir Clara Dario Daria Dilan "
        + "Edith Elias Elif Elena Emil Esther Fatima Felix Femi Finn Flora Franka Gabriel Greta Hana Hassan Hugo Ida Ilse Ines Ingrid Iris Isak "
        + "Jana Jasper Joana Jonas Jorge Juno Kamal Karin Kofi Lars Laszlo Leila Lena Leonie Lin Lucia Luka Mads Magda Malik Marek Marta Mateo "
        + "Maya Mei Mila Milan Mina Nadia Nils Nina Noor Nora Olga Omar Oskar Paloma Pavel Petra Priya Quentin Rafael Rana Rosa Ruben Sami Sana "
        + "Selma Simon Sofia Stella Sven Talia Tariq Teresa Theo Tomas Ulla Vera Viktor Wanda Willem Yara Yusuf Zofia");

    /// <summary>Family names from many languages.</summary>
    public static IReadOnlyList<string> Last { get; } = Words(
        "Adeyemi Almeida Andersson Aoki Bakker Baranov Barbosa Becker Bergström Bianchi Boateng Calloway Castellano Chaudhry Claes Correia Dahl "
        + "Delgado Demir Dubois Eklund Eriksen Farkas Ferrante Fischer Fontaine Galvão Garnier Ghazali Hakimi Halvorsen Hartmann Hoshino Ibarra "
        + "Iversen Jankowski Jensen Kaplan Karlsen Keller Kimura Kowalska Kruger Lambert Larsen Lehtonen Lindqvist Lopes Maalouf Macleod Mancini "
        + "Marchetti Mbeki Mendes Mercier Moreau Nakata Navarro Novak Nyström Obi Okafor Oliveira Olsen Ortega Papadakis Pereira Petrov Quiroga "
        + "Rahimi Ramirez Renard Ricci Rossi Sandoval Santoro Sato Schreiber Serrano Silva Sørensen Szabo Takeda Tanaka Thorne Tóth Usman Valente "
        + "Vance Vasquez Verhoeven Vidal Vinter Wagner Whitlock Winther Yamada Yildiz Zamora Zielinski");

    /// <summary>Countries.</summary>
    public static IReadOnlyList<string> Countries { get; } =
    [
        "Argentina", "Australia", "Brazil", "Canada", "Czechia", "Denmark", "Egypt", "Finland", "France", "Germany", "Ghana", "Hungary", "India",
        "Ireland", "Italy", "Japan", "Mexico", "Netherlands", "Nigeria", "Norway", "Poland", "Portugal", "South Korea", "Spain", "Sweden", "Turkey",
        "United Kingdom", "United States",
    ];

    /// <summary>Places, all invented.</summary>
    public static IReadOnlyList<string> Places { get; } = Words(
        "Aldermoor Ambervale Arkenholt Ashgrove Belmarsh Blackwater Brackenford Brightwater Calder Cantara Coldharbour Corvala Dunmere Eastmarch "
        + "Elmsworth Fallowfield Ferrin Glasswick Greyhaven Hallowell Harrowgate Hollin Ironbridge Isolde Juniper Kestrelmere Kingsferry Lantry "
        + "Larkhill Lorne Marisol Marrowby Mirador Montclair Morrow Nethercote Northgate Oakhollow Ormond Pellworm Pinecrest Porto-Verde Quarrel "
        + "Ravenna-Falls Redmouth Rookwood Saltmarsh Sandoval-Creek Silverlake Solano Southreach Stillwater Stonebrook Tamarind Thornbury Umbra "
        + "Valdoro Varn Verity Westerby Whitecliff Willowmere Wolfsbane Yarrow Zephyr");

    /// <summary>What people in titles do.</summary>
    public static IReadOnlyList<string> Professions { get; } = Words(
        "Baker Ferryman Cartographer Gardener Piano-Tuner Librarian Beekeeper Glassblower Translator Watchmaker Surgeon Pilot Tailor Astronomer "
        + "Magician Fisherman Locksmith Botanist Painter Stonemason Postman Ambassador Diver Falconer Understudy Night-Porter Lamplighter "
        + "Shepherd Violinist Bookbinder");

    /// <summary>Verbs that titles open with.</summary>
    public static IReadOnlyList<string> Gerunds { get; } = Words(
        "Chasing Finding Leaving Losing Saving Burning Following Forgetting Remembering Stealing Waking Crossing Building Breaking Calling "
        + "Catching Counting Dreaming Escaping Feeding Guarding Hunting Keeping Raising Selling Teaching Trusting Watching Borrowing Marrying");

    /// <summary>What things do at the end of a title.</summary>
    public static IReadOnlyList<string> Verbs { get; } = Words(
        "Sleeps Sings Returns Burns Falls Waits Wakes Whispers Breaks Dances Disappears Answers Turns Rises Remembers Laughs Calls Weeps");

    /// <summary>Numbers and amounts.</summary>
    public static IReadOnlyList<string> Amounts { get; } = Words(
        "Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Twenty Forty Sixty Ninety-Nine Hundred Thousand");

    private static string[] Words(string words) => words.Split(' ');
}
