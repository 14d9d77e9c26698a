namespace AnalogAttention.Circuits.Language;

/// <summary>Stable codes of what can be wrong with a deck; described in <c>Docs/netlist-language.md</c>.</summary>
public static class DiagnosticCodes
{
    // Files
    public const string FileNotFound = "N101";
    public const string IncludeCycle = "N102";
    public const string SectionNotFound = "N103";
    public const string TooManyIncludes = "N104";
    public const string SectionNotClosed = "N105";
    public const string NotText = "N106";

    // Syntax
    public const string UnknownStatement = "N201";
    public const string UnknownCommand = "N202";
    public const string Expected = "N203";
    public const string BadNumber = "N204";
    public const string BadExpression = "N205";
    public const string NotClosed = "N206";
    public const string UnexpectedText = "N207";
    public const string SubcircuitNotClosed = "N208";
    public const string NothingToEnd = "N209";
    public const string NothingToContinue = "N210";
    public const string UnknownElementParameter = "N211";
    public const string GivenTwice = "N212";
    public const string NotInSubcircuit = "N213";
    public const string UnknownModelParameter = "N214";

    // Names
    public const string DuplicateElement = "N301";
    public const string UnknownModel = "N302";
    public const string WrongModelType = "N303";
    public const string UnknownSubcircuit = "N304";
    public const string WrongPinCount = "N305";
    public const string UnknownParameter = "N306";
    public const string UnknownFunction = "N307";
    public const string WrongArgumentCount = "N308";
    public const string ParameterCycle = "N309";
    public const string UnknownSubcircuitParameter = "N310";
    public const string UnknownControlSource = "N311";
    public const string UnknownSweepSource = "N312";
    public const string UnknownNode = "N313";
    public const string DuplicateDefinition = "N314";
    public const string RecursiveSubcircuit = "N315";
    public const string UnknownOverride = "N316";
    public const string UnknownInductor = "N317";
    public const string NotConstant = "N318";
    public const string NothingToSolve = "N319";

    // Values
    public const string NotFinite = "N401";
    public const string BadValue = "N402";
    public const string PwlTimes = "N403";
    public const string SweepStep = "N404";
    public const string TransientTimes = "N405";
    public const string TooLarge = "N406";
    public const string TooDeep = "N407";
    public const string Frequencies = "N408";

    // Outside this version
    public const string ElementNotSupported = "N501";
    public const string ElementRefused = "N502";
    public const string AnalysisNotSupported = "N503";
    public const string SourceNotSupported = "N504";
    public const string NotEmbedded = "N505";

    // Warnings
    public const string Ignored = "N601";
    public const string UnknownOption = "N602";
    public const string SmallResistance = "N603";
    public const string Redefined = "N604";
    public const string UnusableModel = "N605";
}
