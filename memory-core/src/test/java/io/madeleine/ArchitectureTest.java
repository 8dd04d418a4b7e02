package io.madeleine;

import static com.tngtech.archunit.core.importer.ImportOption.Predefined.DO_NOT_INCLUDE_TESTS;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

/** The floor plan of the core, as a test. */
final class ArchitectureTest {

  private final JavaClasses core =
      new ClassFileImporter().withImportOption(DO_NOT_INCLUDE_TESTS).importPackages("io.madeleine");

  @Test
  void packagesFormNoCircle() {
    slices().matching("io.madeleine.(**)").should().beFreeOfCycles().check(core);
  }

  @Test
  void theEngineKnowsNoMemory() {
    noClasses()
        .that()
        .resideInAPackage("..engine..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("..memory..", "..conversation..")
        .because("the engine turns tokens into logits and remembers nothing between turns")
        .check(core);
  }

  @Test
  void memoryKnowsNoModel() {
    noClasses()
        .that()
        .resideInAPackage("..memory..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "..engine.model..", "..engine.generation..", "..engine.gguf..", "..conversation..")
        .because(
            "memory reads numbers that the engine returned; conversation plugs the two together")
        .allowEmptyShould(true)
        .check(core);
  }

  @Test
  void onlyTheIndexKnowsLucene() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..memory.index..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.lucene..")
        .check(core);
  }

  @Test
  void theCoreKnowsNeitherLangChain4jNorSpring() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.langchain4j..", "org.springframework..", "org.slf4j..")
        .because("agents knows LangChain4j, app knows Spring, and the core logs to System.Logger")
        .check(core);
  }
}
